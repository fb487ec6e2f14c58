/**
 * What a recurrent layer drops, found out and held against what it claims.
 * @module keepgate/verify
 */

export type { VerifyOptions } from './black-box/black-box.ts';
export { type PageOptions, reportPage } from './html.ts';
export { onnxSubject, type OnnxSubjectOptions } from './onnx/onnx-subject.ts';
export { type OwnLayer, subjectOf } from './own-subjects.ts';
export type { PropertyResult, Report } from './report.ts';
export type { CellSubject, Subject, SubjectCall, SubjectWeights } from './subject.ts';
export { type AnySubject, propertyNames, verify } from './verify.ts';

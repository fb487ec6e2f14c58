export type { VerifyOptions } from './black-box/black-box.ts';
export { type PageOptions, reportPage } from './html.ts';
export { type OwnLayer, subjectOf } from './own-subjects.ts';
export type * from './report.ts';
export type * from './subject.ts';
export { type AnySubject, propertyNames, verify } from './verify.ts';

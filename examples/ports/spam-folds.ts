/**
 * Five stratified folds of the SMS Spam Collection, and what each gives class by class.
 *
 *     npx tsx examples/ports/spam-folds.ts PATH
 *
 * PATH is the file SMSSpamCollection (Almeida et al. 2011). Nothing is downloaded.
 */
import {
  classificationReport,
  dense,
  embedding,
  key,
  lstm,
  readLabelled,
  stratifiedKFold,
  TextClassifier,
} from 'keepgate';

const data = await readLabelled(process.argv[2] ?? '', { label: 1, text: 2, header: false });
for (const [fold, { train, test }] of stratifiedKFold(data, { folds: 5, key: key(1) }).entries()) {
  const classifier = TextClassifier.from(train, {
    level: 'word',
    minCount: 2,
    layers: ({ vocabulary, classes }) => [
      embedding({ vocabulary, units: 32 }),
      lstm({ units: 32 }),
      dense({ units: classes }),
    ],
  });
  await classifier.fit(train, { key: key(fold), epochs: 3, classWeight: 'balanced' });
  const predictions = (await classifier.predict(test.texts)).map(({ label }) => label);
  console.log(`fold ${fold + 1}\n${classificationReport(predictions, test.labels)}\n`);
  await classifier.model.dispose();
}

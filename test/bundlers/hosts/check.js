import { readFileSync } from 'node:fs';
import { TextClassifier } from 'keepgate';
import { data } from './data.js';

const classifier = await TextClassifier.load('model', { engine: 'reference' });
const texts = JSON.parse(readFileSync('words.json', 'utf8')).map(({ text }) => text);
const words = texts.map((text) => classifier.tokenizer.tokenize(text));
const { accuracy } = await classifier.evaluate(data);
console.log(JSON.stringify({ accuracy, words }));

import { train } from './train.js';

train().then((result) => console.log(JSON.stringify(result)));

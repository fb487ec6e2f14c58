'use client';

import { createElement, useEffect } from 'react';
import { train } from '../train.js';

export default function Page() {
  useEffect(() => {
    globalThis.result = train();
  }, []);
  return createElement('p', null, 'training');
}

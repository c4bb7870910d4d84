import { expect, it } from '@jest/globals';

import { queryKey } from './query-key.js';

it.each([
  [['page'], '', 'utm=1'],
  [['page'], 'page=1', 'utm=1&page=1&'],
  [['page'], 'page=a+b', 'p%61ge=a%20b'],
  [[], '', 'a=1'],
  ['sorted' as const, '', '&'],
  ['sorted' as const, 'b=1&a=2', 'a=2&b=1'],
])('with %j these are one query: %j and %j', (keeps, one, other) => {
  expect(queryKey(one, keeps)).toBe(queryKey(other, keeps));
});

it.each([
  [['ids[]'], 'ids[]=1', 'ids[]=2'],
  [['filter[name]'], 'filter%5Bname%5D=a', 'filter%5Bname%5D=b'],
  [['filter'], 'filter[name]=a', 'filter[name]=b'],
  [['page'], '', 'page'],
  ['sorted' as const, 'a=1&a=2', 'a=2&a=1'],
  ['sorted' as const, 'q=a%26b=1', 'q=a&b=1'],
  ['sorted' as const, 'q=%ff', 'q=%25ff'],
  ['sorted' as const, 'q=%41%ZZ', 'q=%2541%25ZZ'],
])('with %j these are two queries: %j and %j', (keeps, one, other) => {
  expect(queryKey(one, keeps)).not.toBe(queryKey(other, keeps));
});

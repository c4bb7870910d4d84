import { applyDecorators, Header } from '@nestjs/common';

import { DOCUMENT_HEADERS } from './account-document.js';

/** The handler's text goes out as a page. */
export function DocumentHeaders(): MethodDecorator {
  return applyDecorators(...Object.entries(DOCUMENT_HEADERS).map(([name, value]) => Header(name, value)));
}

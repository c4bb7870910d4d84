import type { IncomingHttpHeaders } from 'node:http';

import { en, type Texts } from './texts.en.js';
import { zh } from './texts.zh.js';

/** The languages of the pages. */
export const LANGUAGES = ['en', 'zh'] as const;
export type Language = (typeof LANGUAGES)[number];

/** Under the name that Django gives it. */
const COOKIE = /(?:^|;\s*)django_language=(en|zh)(?:;|$)/;

/** The language that the visitor chose once; else the first that the browser asks for; else English. */
export function languageOf({ cookie = '', 'accept-language': accepted = '' }: IncomingHttpHeaders): Language {
  const chosen = COOKIE.exec(cookie)?.[1] as Language | undefined;
  return chosen ?? (/^\s*zh\b/i.test(accepted) ? 'zh' : 'en');
}

/** The language named by `?lang=`, with the Set-Cookie that keeps it; undefined for anything else. */
export function chosenLanguage(named: unknown): { readonly language: Language; readonly cookie: string } | undefined {
  const language = LANGUAGES.find((known) => known === named);
  return language && { language, cookie: `django_language=${language}; Path=/; Max-Age=31536000; SameSite=Lax` };
}

/** The name of a product in this language; a name that somebody else gave it stays as it is. */
export function named({ products }: Texts, name: string): string {
  return Object.hasOwn(products, name) ? products[name as keyof Texts['products']] : name;
}

/** All that the pages say in this language. */
export function textsIn(language: Language): Texts {
  return language === 'zh' ? zh : en;
}

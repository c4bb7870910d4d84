import { All, Controller, Get, Inject, NotFoundException } from '@nestjs/common';

import { markup } from '../pages/html.js';
import { DocumentHeaders, PageTexts, toDocument } from '../pages/plain-page.js';
import type { Texts } from '../pages/texts.en.js';
import { ACCOUNT_SETTINGS, RedisStatus, type AccountSettings } from './account-settings.js';

const EXAMPLE = `"SESSION_ENGINE": "django.contrib.sessions.backends.cache",
"SECRET_KEY": "a long random text"`;

/** In place of the accounts where the settings lack what they need. */
@Controller('account')
export class AccountsOffController {
  constructor(
    private readonly redis: RedisStatus,
    @Inject(ACCOUNT_SETTINGS) private readonly settings: AccountSettings,
  ) {}

  @Get()
  @DocumentHeaders()
  show(@PageTexts() texts: Texts): string {
    const { account } = texts;
    const [before, after] = account.offText;
    const content = markup`
  <section class="wide" aria-label="${account.offLabel}">
    <p>${before ?? ''}<strong id="missing">${this.missing(account.offAnd)}</strong>${after ?? ''}</p>
    <pre tabindex="0">${EXAMPLE}</pre>
    <p><a href="/">${account.back}</a></p>
  </section>
`;
    return toDocument(account.offTitle, texts, this.redis.now(), content);
  }

  @All([':one', ':one/:two'])
  nothing(): never {
    throw new NotFoundException(`Accounts are off: the settings have no ${this.missing(' and no ')}.`);
  }

  private missing(and: string): string {
    return this.settings.missing.join(and);
  }
}

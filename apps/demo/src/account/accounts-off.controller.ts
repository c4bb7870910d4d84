import { All, Controller, Get, Inject, NotFoundException } from '@nestjs/common';

import { markup } from '../public/html.js';
import { toDocument } from './account-document.js';
import { ACCOUNT_SETTINGS, type AccountSettings } from './account-settings.js';
import { DocumentHeaders } from './document-headers.decorator.js';
import { RedisStatus } from './redis-status.service.js';

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
  show(): string {
    const content = markup`
  <section class="wide" aria-label="What is missing">
    <p>The settings that this demo runs on have no <strong id="missing">${this.missing()}</strong>, so there are no logins and no carts.
    Everything else works. Add to the settings:</p>
    <pre>${EXAMPLE}</pre>
    <p><a href="/">Back to the demo</a></p>
  </section>
`;
    return toDocument('Accounts are off', this.redis.now(), content);
  }

  @All([':one', ':one/:two'])
  nothing(): never {
    throw new NotFoundException(`Accounts are off: the settings have no ${this.missing()}.`);
  }

  private missing(): string {
    return this.settings.missing.join(' and no ');
  }
}

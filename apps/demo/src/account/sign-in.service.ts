import { Injectable } from '@nestjs/common';

import { LoginAttempts } from './login-attempts.service.js';
import { PasswordChecks } from './password-checks.service.js';
import { userNamed, type DemoUser } from './users.js';

const LONGEST_NAME = 150;
const LONGEST_PASSWORD = 1024;

/** Why somebody was not let in, in words for a page. */
export interface Refusal {
  readonly status: 401 | 429 | 503;
  readonly message: string;
  readonly waitSeconds?: number;
}

/** What a login form holds; a field that is no text counts as empty. */
export interface SignIn {
  readonly name: string;
  readonly password: string;
}

@Injectable()
export class SignInService {
  constructor(
    private readonly attempts: LoginAttempts,
    private readonly passwords: PasswordChecks,
  ) {}

  /** The user whose password this is, or why not. The answer tells nobody which names there are. */
  async check({ name, password }: SignIn, address: string): Promise<DemoUser | Refusal> {
    const waitSeconds = await this.attempts.count(name, address);
    if (waitSeconds > 0) {
      return { status: 429, message: `Too many attempts. Try again in ${waitSeconds} s.`, waitSeconds };
    }
    const user = userNamed(name);
    const isRight = await this.passwords.check(user?.passwordHash, password);
    if (isRight === undefined)
      return { status: 503, message: 'Too many people log in just now. Try again in a second.', waitSeconds: 1 };
    if (!user || !isRight) return { status: 401, message: 'There is no user with this name and this password.' };
    await this.attempts.forget(name);
    return user;
  }
}

/** Reads what a browser sent, whatever it is. */
export function readSignIn(body: unknown): SignIn {
  const { name, password } = (typeof body === 'object' && body !== null ? body : {}) as Record<string, unknown>;
  return { name: textOf(name, LONGEST_NAME), password: textOf(password, LONGEST_PASSWORD) };
}

function textOf(value: unknown, longest: number): string {
  return typeof value === 'string' && value.length <= longest ? value : '';
}

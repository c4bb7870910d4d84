import { Injectable } from '@nestjs/common';
import { checkPassword } from 'nestjs-sentinel-cache';

import { HASHING } from './users.js';

/** Of the four threads that Node has for names, files and hashes, others keep two. */
const AT_ONCE = 2;
const MOST_WAITING = 8;

/** Hashes passwords two at a time; a few more wait for their turn. */
@Injectable()
export class PasswordChecks {
  private running = 0;
  private readonly waiting: (() => void)[] = [];

  /**
   * Whether it is the password behind the hash; undefined, and nothing is hashed, where too many wait
   * already. Without a hash (there is no such user) it is false after the same time.
   */
  async check(passwordHash: string | undefined, password: string): Promise<boolean | undefined> {
    if (this.running < AT_ONCE) this.running += 1;
    else if (this.waiting.length >= MOST_WAITING) return undefined;
    else await new Promise<void>((turn) => this.waiting.push(turn));
    try {
      return await checkPassword(password, passwordHash, HASHING);
    } finally {
      const next = this.waiting.shift();
      if (next) next();
      else this.running -= 1;
    }
  }
}

import { Controller, Get, Param, Post, UseGuards } from '@nestjs/common';

import { CsrfCookieGuard } from '../requests/csrf-cookie.guard.js';
import { CounterNamePipe } from './counter-name.pipe.js';
import { CountersService } from './counters.service.js';

interface Count {
  readonly name: string;
  /** Text past 2^53, where JSON's numbers end. */
  readonly value: number | string;
}

@Controller('counters')
@UseGuards(CsrfCookieGuard)
export class CountersController {
  constructor(private readonly counters: CountersService) {}

  @Post(':name')
  async add(@Param('name', CounterNamePipe) name: string): Promise<Count> {
    return toCount(name, await this.counters.next(name));
  }

  @Get(':name')
  async show(@Param('name', CounterNamePipe) name: string): Promise<Count> {
    return toCount(name, await this.counters.value(name));
  }
}

function toCount(name: string, value: number | bigint): Count {
  return { name, value: typeof value === 'bigint' ? String(value) : value };
}

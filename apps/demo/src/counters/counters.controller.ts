import { BadRequestException, Controller, Get, Injectable, Param, Post, UseGuards, type PipeTransform } from '@nestjs/common';

import { CsrfCookieGuard } from '../requests/csrf-cookie.guard.js';
import { CountersService } from './counters.service.js';

interface Count {
  readonly name: string;
  /** Text past 2^53, where JSON's numbers end. */
  readonly value: number | string;
}

/** A name that may become part of a key. */
@Injectable()
class CounterNamePipe implements PipeTransform<string, string> {
  transform(name: string): string {
    if (/^[A-Za-z0-9_-]{1,64}$/.test(name)) return name;
    throw new BadRequestException('A counter is named by 1 to 64 letters, digits, _ or -.');
  }
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

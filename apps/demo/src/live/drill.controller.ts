import {
  ConflictException,
  Controller,
  ForbiddenException,
  Inject,
  NotFoundException,
  Optional,
  Param,
  ParseEnumPipe,
  Post,
  Req,
  UseGuards,
} from '@nestjs/common';
import { SentinelCaches } from 'nestjs-sentinel-cache';
import type { IncomingHttpHeaders } from 'node:http';

import { en } from '../pages/texts.en.js';
import { CsrfCookieGuard } from '../requests/csrf-cookie.guard.js';
import { Drill, DRILL, DRILLS, type DrillAction, type DrillOutcome, type DrillProblem } from './drill.js';
import { LiveFeed } from './live-feed.service.js';

const SENTENCES: Readonly<Record<DrillProblem, string>> = en.live.problems;

/** The parts of a request that tell where it comes from; the same on both platforms. */
export interface FromRequest {
  readonly headers: IncomingHttpHeaders;
  readonly socket: { readonly remoteAddress?: string };
}

/** The buttons that break the servers, and mend them. */
@Controller('operations/drill')
@UseGuards(CsrfCookieGuard)
export class DrillController {
  constructor(
    private readonly caches: SentinelCaches,
    private readonly feed: LiveFeed,
    @Optional() @Inject(DRILL) private readonly drill?: Drill,
  ) {}

  /** 403 from another machine, 404 where the servers are not the demo's own, 409 with a `problem`. */
  @Post(':action')
  async run(@Param('action', new ParseEnumPipe(DRILLS)) action: DrillAction, @Req() request: FromRequest): Promise<DrillOutcome> {
    if (!isFromThisMachine(request)) throw new ForbiddenException('The buttons work on the machine of the demo alone.');
    if (!this.drill)
      throw new NotFoundException('These servers were not started by the demo: it can neither kill nor start them.');
    const outcome = await this.drill.run(action, this.caches.topology('default')?.primary.address ?? null);
    if ('problem' in outcome) throw new ConflictException({ problem: outcome.problem, message: SENTENCES[outcome.problem] });
    this.feed.noteDrill(action, outcome.addresses);
    return outcome;
  }
}

/** Whether it was sent on this machine, and not passed on by a proxy that runs here. */
export function isFromThisMachine({ headers, socket }: FromRequest): boolean {
  if (headers['x-forwarded-for'] !== undefined || headers.forwarded !== undefined) return false;
  return /^(?:::ffff:)?127(?:\.\d{1,3}){3}$|^::1$/.test(socket.remoteAddress ?? '');
}

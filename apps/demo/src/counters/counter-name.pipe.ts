import { BadRequestException, Injectable, type PipeTransform } from '@nestjs/common';

/** A name that may become part of a key. */
@Injectable()
export class CounterNamePipe implements PipeTransform<string, string> {
  transform(name: string): string {
    if (/^[A-Za-z0-9_-]{1,64}$/.test(name)) return name;
    throw new BadRequestException('A counter is named by 1 to 64 letters, digits, _ or -.');
  }
}

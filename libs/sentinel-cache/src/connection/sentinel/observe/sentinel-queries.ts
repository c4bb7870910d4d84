import { redisCodeOf } from '../../wire/classify-error.js';
import type { RespConnection } from '../../wire/resp-connection.js';
import type { SentinelAnswer } from '../decide/failover-facts.js';
import type { SentinelListing } from './sentinel-record.js';
import { readMaster, readReplicas, readSentinels } from './sentinel-reply.js';
import { type SentinelView } from '../../contract/sentinel-survey.js';
import { tryTranslate, type TranslateAddress } from '../../wire/translate-address.js';
import type { TcpAddress } from '../../../settings/shapes/resolved-connection.js';
import { askForView } from './sentinel-view.js';

/**
 * Asks one sentinel about one master, over one socket. Addresses in its answers are translated (natMap).
 *
 * Only the address of the primary is needed. What an ACL forbids is not asked again.
 */
export class SentinelQueries {
  private readonly forbidden = new Set<string>();

  constructor(
    private readonly connection: RespConnection,
    private readonly masterName: string,
    private readonly translate: TranslateAddress,
  ) {}

  /** Resolves to the primary. Rejects when the sentinel can't tell. */
  async master(): Promise<SentinelAnswer> {
    const [address, details] = await Promise.all([
      this.ask('GET-MASTER-ADDR-BY-NAME', this.masterName),
      this.askIfAllowed('MASTER', this.masterName),
    ]);
    const answer = readMaster(address, details);
    return answer.kind === 'address' ? { ...answer, address: this.translate(answer.address) } : answer;
  }

  /**
   * Resolves to what it lists now; where its ACL forbids that, to what it listed before. Rejects when it
   * can't be asked.
   */
  async list(before: SentinelListing, alsoSentinels: boolean): Promise<SentinelListing> {
    const [replicas, sentinels] = await Promise.all([
      this.askIfAllowed('REPLICAS', this.masterName),
      alsoSentinels ? this.askIfAllowed('SENTINELS', this.masterName) : null,
    ]);
    return {
      replicas: replicas === null ? before.replicas : this.translated(readReplicas(replicas)),
      sentinels: sentinels === null ? before.sentinels : this.translated(readSentinels(sentinels)),
    };
  }

  /** Leaves out the addresses for which natMap fails. */
  private translated<T extends { readonly address: TcpAddress }>(listed: readonly T[]): T[] {
    return listed.flatMap((one) => {
      const address = tryTranslate(this.translate, one.address);
      return address ? [{ ...one, address }] : [];
    });
  }

  /** Resolves to how it sees the master, its replicas and its quorum. What its ACL forbids is missing. */
  view(): Promise<SentinelView> {
    return askForView((...words) => this.ask(...words), this.masterName, this.translate);
  }

  /** Resolves to its id; null where its ACL forbids the question. */
  async id(): Promise<string | null> {
    const id = await this.askIfAllowed('MYID');
    return typeof id === 'string' ? id : null;
  }

  private ask(...words: [string, ...string[]]): Promise<unknown> {
    return this.connection.ask('SENTINEL', words);
  }

  private async askIfAllowed(...words: [string, ...string[]]): Promise<unknown> {
    if (this.forbidden.has(words[0])) return null;
    try {
      return await this.ask(...words);
    } catch (error) {
      if (redisCodeOf((error as Error).message) === 'NOPERM') this.forbidden.add(words[0]);
      return null;
    }
  }
}

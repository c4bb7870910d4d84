import type { ClusterAnswer, ClusterMember } from './cluster-reply.js';
import { SLOTS } from '../../keys/key-slot.js';
import { addressText } from '../contract/node-address.js';
import type { TcpAddress } from '../../settings/shapes/resolved-connection.js';

/** One owner of slots. */
export interface SlotShare {
  readonly address: TcpAddress;
  /** Number of its slots. */
  readonly slots: number;
  /** One of its slots. */
  readonly first: number;
}

/** Which node has which slot. */
export class SlotMap {
  private counted: ReadonlyMap<string, SlotShare> | undefined;

  private constructor(
    /** Addresses by slot; undefined where no node has it. */
    private readonly owners: (string | undefined)[],
    private readonly addresses: Map<string, TcpAddress>,
    /** All nodes, as the newest answer lists them. */
    readonly members: readonly ClusterMember[],
  ) {}

  /**
   * Joins answers, the oldest first. For each slot the highest epoch counts; of equal ones the newest answer.
   */
  static of(answers: readonly ClusterAnswer[]): SlotMap {
    const owners = Array.from<string | undefined>({ length: SLOTS });
    const epochs = new Float64Array(SLOTS).fill(-1);
    const addresses = new Map<string, TcpAddress>();
    for (const { claims } of answers) {
      for (const { first, last, owner, epoch } of claims) {
        const text = addressText(owner);
        addresses.set(text, owner);
        for (let slot = first; slot <= last; slot += 1) {
          if (epoch < epochs[slot]!) continue;
          epochs[slot] = epoch;
          owners[slot] = text;
        }
      }
    }
    return new SlotMap(owners, addresses, answers.at(-1)?.nodes ?? []);
  }

  ownerOf(slot: number): TcpAddress | undefined {
    const text = this.owners[slot];
    return text === undefined ? undefined : this.addresses.get(text);
  }

  /** Records that a slot has another owner. */
  assign(slot: number, owner: TcpAddress): void {
    const text = addressText(owner);
    this.addresses.set(text, owner);
    this.owners[slot] = text;
    this.counted = undefined;
  }

  /** The owners by address. */
  shares(): ReadonlyMap<string, SlotShare> {
    if (this.counted) return this.counted;
    const shares = new Map<string, { address: TcpAddress; slots: number; first: number }>();
    for (const [slot, text] of this.owners.entries()) {
      if (text === undefined) continue;
      const share = shares.get(text);
      if (share) share.slots += 1;
      else shares.set(text, { address: this.addresses.get(text)!, slots: 1, first: slot });
    }
    return (this.counted = shares);
  }

  /**
   * Returns the owners of an older map that have no slots any more, each with the node that has most of its
   * slots now; undefined where no node has one.
   */
  successors(older: SlotMap): ReadonlyMap<string, string | undefined> {
    const shares = this.shares();
    const gone = new Map(
      [...older.shares().keys()].filter((owner) => !shares.has(owner)).map((owner) => [owner, new Map<string, number>()]),
    );
    for (const [slot, owner] of older.owners.entries()) {
      const successors = owner === undefined ? undefined : gone.get(owner);
      const now = this.owners[slot];
      if (successors && now !== undefined) successors.set(now, (successors.get(now) ?? 0) + 1);
    }
    return new Map([...gone].map(([owner, successors]) => [owner, [...successors].sort(([, a], [, b]) => b - a)[0]?.[0]]));
  }
}

import type { ClusterAnswer, ClusterMember } from './cluster-reply.js';
import { SLOTS } from './key-slot.js';
import { addressText, type TcpAddress } from '../contract/node-address.js';

/** An owner and how many slots it has. */
export interface SlotShare {
  readonly address: TcpAddress;
  readonly slots: number;
  /** One of them. */
  readonly first: number;
}

/** Who has which slot. */
export class SlotMap {
  private counted: ReadonlyMap<string, SlotShare> | undefined;

  private constructor(
    /** By slot; undefined where nobody has it. */
    private readonly owners: (string | undefined)[],
    private readonly addresses: Map<string, TcpAddress>,
    readonly members: readonly ClusterMember[],
  ) {}

  /** One map of several answers, the older ones first: for each slot the highest epoch counts, and of equals the last. */
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

  /** A node gave a command back: the slot is there. */
  assign(slot: number, owner: TcpAddress): void {
    const text = addressText(owner);
    this.addresses.set(text, owner);
    this.owners[slot] = text;
    this.counted = undefined;
  }

  /** How many slots each owner has. */
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

  /** Those of an older map that have no slot any more, each with who has most of what it had; undefined where nobody has. */
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

/** The peer that everybody is who is no node of the topology. */
export const CLIENTS = 'clients';

interface Island {
  readonly members: Set<string>;
  readonly clientsReachIt: boolean;
}

/** Which peers can't reach each other. Knows names only; the proxies ask it. */
export class Partitions {
  #islands: Island[] = [];

  /** Lets the members reach each other only, and clients reach them or not. */
  add(members: readonly string[], clientsReachIt: boolean): void {
    this.#islands.push({ members: new Set(members), clientsReachIt });
  }

  /** Takes the members out of every island they are on. */
  remove(members: readonly string[]): void {
    for (const island of this.#islands) for (const member of members) island.members.delete(member);
    this.#islands = this.#islands.filter((island) => island.members.size > 0);
  }

  /** Returns true while that node is on an island. */
  holds(node: string): boolean {
    return this.#islands.some((island) => island.members.has(node));
  }

  /** Returns true if nothing passes between the node and the peer. */
  separate(node: string, peer: string): boolean {
    if (peer === CLIENTS) return this.#islands.some((island) => island.members.has(node) && !island.clientsReachIt);
    return this.#islands.some((island) => island.members.has(node) !== island.members.has(peer));
  }
}

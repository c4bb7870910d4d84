/**
 * Whether an ACL forbids the command itself, or the server has none of that name. What a key is named, which
 * some servers quote, tells nothing.
 */
export function isRefusedCommand(message: string, name: string): boolean {
  const forbidden = new RegExp(`^NOPERM (?:User )?\\S+(?: user)? has no permissions to run the '${name}' command`, 'i');
  return forbidden.test(message) || new RegExp(`^ERR unknown command ['\`]${name}['\`]`, 'i').test(message);
}

/** Pages of what went wrong, in English; `link` leads to the account. */
export const problems = {
  outage: {
    title: 'Your session can’t be reached right now',
    text: 'Redis is away or is choosing a new primary. Nobody is logged out and no cart is lost: your browser keeps its cookie. What you sent just now may not have been done; look at the page before you send it again.',
    link: 'Try again',
  },
  interrupted: {
    title: 'Your session ended meanwhile',
    text: 'You logged out in another window while this was under way. Nothing was saved.',
    link: 'Back to your account',
  },
  forbidden: {
    title: 'That was not accepted',
    text: 'The form is older than your login, or came from another site, or your browser keeps no cookies for this site. Nothing was done; open the page again.',
    link: 'Open your account again',
  },
  missing: {
    title: 'There is no such page',
    text: 'The address may be mistyped, or what was there is gone.',
    link: 'Back to your account',
  },
  refused: {
    title: 'That can’t be done',
    text: 'The demo can’t read what was sent, or does not know what it names. Nothing was done.',
    link: 'Back to your account',
  },
  busy: {
    title: 'Not right now',
    text: 'Redis is away or is choosing a new primary, or too many people ask at once. Try again in a second.',
    link: 'Try again',
  },
  failed: {
    title: 'Something went wrong',
    text: 'The demo made a mistake. Its log says which one.',
    link: 'Back to your account',
  },
};

import { markup } from '../public/html.js';
import { toDocument, type RedisNow } from './account-document.js';

const PROBLEMS = {
  outage: {
    title: 'Your session can’t be reached right now',
    text: 'Redis is away or is choosing a new primary; that takes seconds. Nobody is logged out and no cart is lost: your browser keeps its cookie. What you sent just now may not have been done; look at the page before you send it again.',
    link: 'Try again',
  },
  interrupted: {
    title: 'Your session ended meanwhile',
    text: 'You logged out in another window while this was under way. Nothing was saved.',
    link: 'Back to your account',
  },
  forbidden: { title: 'That was not accepted', text: '', link: 'Open your account again' },
  refused: { title: 'That can’t be done', text: '', link: 'Back to your account' },
} as const;

/** The page of something that went wrong. */
export function problemDocument(what: keyof typeof PROBLEMS, redis: RedisNow, message = ''): string {
  const { title, text, link } = PROBLEMS[what];
  const content = markup`
  <section class="wide" aria-label="What happened">
    <p id="problem">${text || message}</p>
    <p><a href="/account">${link}</a></p>
  </section>
`;
  return toDocument(title, redis, content);
}

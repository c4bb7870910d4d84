import type { Texts } from './texts.en.js';

/** Pages of what went wrong, in Chinese. */
export const problems: Texts['problems'] = {
  outage: {
    title: '暂时无法访问您的会话',
    text: 'Redis 不可用，或者正在选择新的主节点。没有人被退出，购物车也没有丢失：您的浏览器保留着 cookie。您刚才提交的操作可能没有执行；再次提交之前请先查看页面。',
    link: '重试',
  },
  interrupted: { title: '您的会话已经结束', text: '操作进行时您在另一个窗口退出了。什么都没有保存。', link: '回到您的账户' },
  forbidden: {
    title: '没有被接受',
    text: '表单早于您的登录，或者来自别的网站，或者浏览器没有保存本站的 cookie。什么都没有执行；请重新打开页面。',
    link: '重新打开您的账户',
  },
  missing: { title: '没有这个页面', text: '地址可能输错了，或者原来的内容已经不在了。', link: '回到您的账户' },
  refused: {
    title: '无法执行',
    text: '演示程序看不懂收到的内容，或者其中提到的东西不存在。什么都没有执行。',
    link: '回到您的账户',
  },
  busy: { title: '现在不行', text: 'Redis 不可用或者正在选择新的主节点，也可能是同时请求的人太多。请稍后再试。', link: '重试' },
  failed: { title: '出错了', text: '演示程序出了错。原因在它的日志里。', link: '回到您的账户' },
};

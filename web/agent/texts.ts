// The window's words, in both languages.

import { computed, ref } from 'vue'
import type { Text } from '../src/contract'

const zh = {
  title: '印信客户端',
  phrase: '防伪短语',
  phraseHelp: '请核对：与平时不同的短语说明窗口是伪造的',
  other: 'English',
  waiting: '正在等待网站的请求…',
  standalone: '客户端正在运行',
  standaloneHelp: '在平台页面上使用 CA 锁时，客户端会自动打开窗口。下面是当前插入的 CA 锁。',
  who: '谁在请求',
  development: '开发环境',
  punycode: '网址含有非英文字母，请仔细核对',
  what: '请求内容',
  purpose: { login: '使用 CA 锁登录', bind: '绑定 CA 锁', unbind: '解除绑定 CA 锁', seal: '在文件上签章', check: '查看 CA 锁能否在本平台使用', diagnose: '环境检测', produce: '制作新的 CA 锁', renew: '续期：写入新证书', unlock: '解锁 CA 锁' },
  done: { login: '登录凭证已签署', bind: '绑定凭证已签署', unbind: '解绑凭证已签署', seal: '签章完成', check: '证书已出示', diagnose: '检测结果已发送', produce: '制证完成', renew: '续期完成', unlock: '已解锁' },
  field: {
    platform: '平台', organisation: '单位', account: '账户', person: '姓名', key_number: 'CA 编号',
    document: '文件', pages: '页码', seal: '印章', digest: '文件摘要', provider: 'CA 服务商',
    application: '受理编号', holder: '持有人', places: '盖章处', last: '认证签名', certificate_type: '证书类型', years: '续期年限', device_serial: '锁序列号',
  },
  certificateType: { organisation: '机构证书', business: '机构业务证书', legal_representative: '法人证书', handler: '经办人证书' },
  years: (years: number) => `${years} 年`,
  pages: (list: string) => `第 ${list} 页`,
  placeCount: (count: number) => `共 ${count} 处`,
  lastSeal: '最后一枚印章，盖后文件锁定，不能再加盖',
  comma: '、',
  remote: '本机未核对',
  remoteHelp: '客户端只收到文件摘要，没有看到文件内容。可选择同一个文件，由本机核对。',
  choose: '选择文件核对',
  checking: '正在核对文件…',
  picked: '本机已核对',
  pickedHelp: (size: string, places: string) => `所选文件（${size}）与平台上的文件一致；新增的只有签章：${places}。`,
  place: (pages: string) => `第 ${pages} 页`,
  forget: '改用其他文件',
  keys: '选择 CA 锁',
  unknownProvider: '未知 CA 服务商',
  noNumber: '无 CA 编号',
  expires: (date: string) => `有效期至 ${date}`,
  certificates: (count: number) => `${count} 张证书`,
  signing: '签名证书', encryption: '加密证书',
  notHardware: '非硬件介质',
  tries: (left: number) => `还可尝试 ${left} 次`,
  emptyTitle: '未检测到 CA 锁',
  empty: ['插入 CA 锁，本窗口会自动识别', '已插入仍未显示：换一个 USB 口重新插入', '仍未显示：安装该 CA 服务商的驱动程序'],
  pin: 'PIN 码',
  show: '显示', hide: '隐藏',
  pinOnDevice: '请在 CA 锁自带的键盘上输入 PIN 码。',
  pinNone: '此密钥文件没有口令。',
  pinHelp: 'PIN 码只在本窗口输入，不会发送给任何网站。',
  windowWillAsk: '确认后会弹出系统窗口，请核对其标题中的防伪短语，并在那里输入 PIN 码。',
  windowAsks: '请在弹出的窗口输入 PIN 码…',
  consent: (site: string, what: string) => `首次使用：确认后即授权 ${site}${what}。可随时在客户端设置中撤回。`,
  checkHelp: '只把所选锁的证书（单位名称、CA 编号、有效期）发给该网站。不需要 PIN 码，不签署任何内容。',
  diagnosis: { what: '将要发送的检测结果', help: '编号只留末两位，不含姓名、路径和 PIN 码。请看过后再决定是否发送。', looking: '正在检测这台电脑，至多 5 秒…', show: '一并出示证书（平台据此检查绑定）', none: '不出示证书' },
  consentWhat: { diagnose: '查看这台电脑的检测结果', check: '查看您选中的证书', login: '请求登录', bind: '请求绑定与解绑', seal: '请求签章', write: '请求写入 CA 锁' },
  confirm: { login: '确认登录', bind: '确认绑定', unbind: '确认解绑', seal: '确认签章', check: '确认出示证书', diagnose: '确认发送', produce: '开始制证', renew: '开始续期', unlock: '开始解锁' },
  cancel: '取消',
  close: '关闭窗口',
  working: '正在签名，请勿拔出 CA 锁…',
  closing: '窗口即将自动关闭',
  lastTitle: '只剩最后一次机会',
  last: '再输错一次，PIN 码将被锁死，需由单位管理员或 CA 服务商解锁。确定要继续吗？',
  lastGo: '仍要继续', lastBack: '返回核对',
  lockedHelp: '解锁：由持有管理员 PIN 的人员在客户端运行 yinxin-agent key unblock，或联系 CA 服务商热线；解锁后设置新的 PIN 码，证书与绑定不变。',
  gone: '原网页已关闭或已离开，本次请求作废。',
}

const en: typeof zh = {
  title: 'Yinxin client',
  phrase: 'Your phrase',
  phraseHelp: 'Look at it: another phrase than usual means that this window is not ours',
  other: '中文',
  waiting: 'Waiting for the site’s request…',
  standalone: 'The client is running',
  standaloneHelp: 'It opens its window when a platform’s page uses a key. These keys are plugged in now.',
  who: 'Who asks',
  development: 'Development',
  punycode: 'This address holds letters that are not Latin: look closely',
  what: 'What for',
  purpose: { login: 'Log in with a key', bind: 'Bind a key', unbind: 'Release a key', seal: 'Seal a document', check: 'See whether a key works here', diagnose: 'Look for what is wrong', produce: 'Make a new key', renew: 'Renew: write new certificates', unlock: 'Unlock a key' },
  done: { login: 'Login signed', bind: 'Binding signed', unbind: 'Release signed', seal: 'Sealed', check: 'Certificate shown', diagnose: 'The result was sent', produce: 'The key is made', renew: 'Renewed', unlock: 'Unlocked' },
  field: {
    platform: 'Platform', organisation: 'Organisation', account: 'Account', person: 'Person', key_number: 'Key number',
    document: 'Document', pages: 'Pages', seal: 'Seal', digest: 'Digest', provider: 'CA',
    application: 'Application', holder: 'Holder', places: 'Places', last: 'Certification', certificate_type: 'Certificate', years: 'Renewed for', device_serial: 'Device serial',
  },
  certificateType: { organisation: 'Organisation', business: 'Organisation, business', legal_representative: 'Legal representative', handler: 'Handler' },
  years: (years: number) => (years === 1 ? 'one year' : `${years} years`),
  pages: (list: string) => list,
  placeCount: (count: number) => (count === 1 ? 'one' : `${count} in all`),
  lastSeal: 'The last seal: the document is locked, none can be added',
  comma: ', ',
  remote: 'Not checked on this computer',
  remoteHelp: 'Only a digest came; the client has not seen the document. Choose the same file to have it checked here.',
  choose: 'Choose the file',
  checking: 'Checking the file…',
  picked: 'Checked on this computer',
  pickedHelp: (size: string, places: string) => `The file (${size}) is the one on the platform, and nothing but seals is added: ${places}.`,
  place: (pages: string) => `page ${pages}`,
  forget: 'Choose another file',
  keys: 'Choose a key',
  unknownProvider: 'Unknown CA',
  noNumber: 'No key number',
  expires: (date: string) => `valid until ${date}`,
  certificates: (count: number) => `${count} certificates`,
  signing: 'Signing', encryption: 'Encryption',
  notHardware: 'Not hardware',
  tries: (left: number) => `${left} tries left`,
  emptyTitle: 'No key is plugged in',
  empty: ['Plug a key in; this window will see it', 'If it is plugged in, try another USB port', 'If it still does not show, install the driver of its CA'],
  pin: 'PIN',
  show: 'Show', hide: 'Hide',
  pinOnDevice: 'Enter the PIN on the key’s own keypad.',
  pinNone: 'This key file has no passphrase.',
  pinHelp: 'It is entered in this window only and sent to no site.',
  windowWillAsk: 'After you confirm, a window of your desktop opens. Check the phrase in its title and enter the PIN there.',
  windowAsks: 'Enter the PIN in the window that opened…',
  consent: (site: string, what: string) => `First time: by confirming you let ${site} ${what}. You can take it back in the client’s settings.`,
  checkHelp: 'The site gets the certificate of the chosen key (organisation, key number, dates) and nothing else. No PIN is needed and nothing is signed.',
  diagnosis: { what: 'What would be sent', help: 'Of numbers the last two characters; no names, paths or PINs. Read it, then decide.', looking: 'Looking at this computer, at most 5 seconds…', show: 'Show a certificate with it (for the platform to check its binding)', none: 'Show none' },
  consentWhat: { diagnose: 'see what was found on this computer', check: 'see the certificate that you choose', login: 'ask for logins', bind: 'ask to bind and release keys', seal: 'ask for seals', write: 'ask to write to keys' },
  confirm: { login: 'Confirm login', bind: 'Confirm binding', unbind: 'Confirm release', seal: 'Confirm seal', check: 'Show the certificate', diagnose: 'Send it', produce: 'Make the key', renew: 'Renew', unlock: 'Unlock' },
  cancel: 'Cancel',
  close: 'Close',
  working: 'Signing. Leave the key plugged in…',
  closing: 'This window closes by itself',
  lastTitle: 'One try is left',
  last: 'One more wrong PIN locks the key, and the administrator or the CA has to unlock it. Go on?',
  lastGo: 'Go on', lastBack: 'Back',
  lockedHelp: 'To unlock: whoever holds the administrator PIN runs yinxin-agent key unblock, or call the CA. A new PIN is set then; certificates and bindings stay.',
  gone: 'The page that asked is gone; this request is void.',
}

// What was chosen in the settings, else the browser's.
const chosen = document.querySelector<HTMLMetaElement>('meta[name="yinxin-language"]')?.content
const preferred = chosen === 'zh' || chosen === 'en' ? chosen : navigator.language.toLowerCase().startsWith('zh') ? 'zh' : 'en'
export const locale = ref<'zh' | 'en'>(preferred)
export const texts = computed(() => (locale.value === 'zh' ? zh : en))
export const say = (text: Text) => text[locale.value]

document.documentElement.lang = preferred === 'zh' ? 'zh-CN' : 'en'

export function switchLocale(to: 'zh' | 'en' = locale.value === 'zh' ? 'en' : 'zh'): void {
  locale.value = to
  document.documentElement.lang = locale.value === 'zh' ? 'zh-CN' : 'en'
}

/** A date as people write it; the time of day says nothing here. */
export function date(rfc3339: string): string {
  const at = new Date(rfc3339)
  const two = (n: number) => String(n).padStart(2, '0')
  return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`
}

export function size(bytes: number): string {
  return bytes < 1024 * 1024 ? `${Math.max(1, Math.round(bytes / 1024))} KB` : `${(bytes / 1024 / 1024).toFixed(1)} MB`
}

// A demo of the test's own: `cargo xtask run` on an empty folder and free ports, and `cargo xtask key` beside it.

import { execFile, spawn, type ChildProcess } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { promisify } from 'node:util'

const run = promisify(execFile)
/** The xtask that started us, else the one that cargo finds. */
const [program, ...before] = process.env.YINXIN_XTASK ? [process.env.YINXIN_XTASK] : ['cargo', 'xtask']

export interface Account { name: string; password: string; role: string; organisation: string; platform: string; url: string; duties?: string[] }
export interface Key { number: string; provider: string; algorithm: string; organisation: string; uscc: string; holder: string; pin: string; state: string }
/** The JSON line of `cargo xtask run --json`. */
export interface Up {
  platform: string
  platforms: { id: PlatformId; name: string; url: string }[]
  agent: string
  accounts: Account[]
  keys: Key[]
  data: string
  processes: { yinxin: number; 'yinxin-agent': number | null }
  agent_command: string[]
  agent_environment: Record<string, string>
}
export type PlatformId = 'gongecai' | 'zcygov'

export class Stack {
  private constructor(
    readonly up: Up,
    private readonly process: ChildProcess,
    private readonly folder: string,
  ) {}

  /** Starts a demo and waits until it says that all is up. */
  static async start(options: string[] = []): Promise<Stack> {
    const folder = await mkdtemp(join(tmpdir(), 'yinxin-e2e-'))
    const args = [...before, 'run', '--data', join(folder, 'data'), '--port', '0', '--agent-port', '0', '--no-open', '--json', ...options]
    // On a desktop the agent would ask for PINs outside the browser.
    const env = { ...process.env, YINXIN_PIN_ENTRY: 'page' }
    const child = spawn(program!, args, { stdio: ['ignore', 'pipe', 'inherit'], env })
    const line = await new Promise<string>((resolve, reject) => {
      child.once('error', reject)
      child.once('exit', (code) => reject(new Error(`cargo xtask run ended with ${code} before it was up`)))
      createInterface({ input: child.stdout! }).once('line', resolve)
    })
    child.removeAllListeners('exit')
    return new Stack(JSON.parse(line) as Up, child, folder)
  }

  /** Ends it as Ctrl-C does, and wants it to end cleanly. */
  async end(): Promise<void> {
    const ended = new Promise<number | null>((resolve) => this.process.once('exit', resolve))
    if (this.process.exitCode === null) this.process.kill('SIGINT')
    const code = this.process.exitCode ?? (await ended)
    await rm(this.folder, { recursive: true, force: true })
    if (code !== 0) throw new Error(`cargo xtask run ended with ${code}`)
  }

  url(platform: PlatformId): string {
    const found = this.up.platforms.find((p) => p.id === platform)
    if (!found) throw new Error(`no platform ${platform}`)
    return found.url
  }

  get port(): number {
    return Number(new URL(this.up.platform).port)
  }

  get agentPort(): number {
    return Number(new URL(this.up.agent).port)
  }

  /** `cargo xtask key …`; answers the keys that it lists. */
  async key(...args: string[]): Promise<Key[]> {
    return (await this.deed<{ keys: Key[] }>(...args)).keys
  }

  private async deed<T>(...args: string[]): Promise<T> {
    const { stdout } = await run(program!, [...before, 'key', '--data', this.up.data, '--json', ...args])
    return JSON.parse(stdout) as T
  }

  /** Makes a key for an organisation and plugs it in; its certificate ends in a span such as `20d`, or after the usual time. */
  async newKey(organisation: { name: string; uscc: string }, provider: string, holder = '张经办', endsIn?: string): Promise<Key> {
    const [key] = await this.key('--org', organisation.name, '--uscc', organisation.uscc, '--provider', provider, '--holder', holder, ...(endsIn ? ['--ends-in', endsIn] : []))
    if (!key) throw new Error('no key was made')
    return key
  }

  /** Puts a blank device into the drawer and plugs it in. */
  async plugBlank(): Promise<string> {
    return (await this.deed<{ blank: string }>('--blank')).blank
  }

  /** Enters wrong PINs on what was plugged in blank, until it is locked. */
  async lockBlank(name: string): Promise<void> {
    await this.deed('--lock', name)
  }

  /** Pulls out what was plugged in blank. */
  async pullBlank(name: string): Promise<void> {
    await this.deed('--unplug', name)
  }

  /** Does something while only these keys are plugged in, then plugs the others in again. */
  async withOnly<T>(numbers: string[], deed: () => Promise<T>): Promise<T> {
    const others = (await this.key('--list')).filter((k) => !numbers.includes(k.number) && k.state !== 'unplugged')
    for (const key of others) await this.key('--unplug', key.number)
    try {
      return await deed()
    } finally {
      for (const key of others) await this.key('--plug', key.number)
    }
  }
}

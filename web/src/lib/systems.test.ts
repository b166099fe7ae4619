import { describe, expect, it } from 'vitest'
import { covers, systemName, systemOf } from './systems'

describe('the system under a browser', () => {
  const chrome = 'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36'
  it('is told by the hints where there are some', () => {
    expect(systemOf({ userAgent: chrome, platform: 'Windows', architecture: 'arm', bitness: '64' })).toBe('windows-arm64')
    expect(systemOf({ userAgent: chrome, platform: 'macOS', architecture: 'arm' })).toBe('macos-arm64')
  })
  it('is told by the user agent elsewhere', () => {
    expect(systemOf({ userAgent: chrome })).toBe('windows-x86_64')
    expect(systemOf({ userAgent: 'Mozilla/5.0 (Windows NT 6.1; Trident/7.0; rv:11.0) like Gecko' })).toBe('windows-x86')
    expect(systemOf({ userAgent: 'Mozilla/5.0 (X11; Linux aarch64) UOS Chrome/120' })).toBe('uos-arm64')
    expect(systemOf({ userAgent: 'Mozilla/5.0 (X11; Linux x86_64; Kylin) Firefox/128' })).toBe('kylin-x86_64')
    expect(systemOf({ userAgent: 'Mozilla/5.0 (X11; Linux x86_64) Chrome/142' })).toBe('linux-x86_64')
  })
  it('is not guessed: every Mac says Intel, a telephone has no drivers', () => {
    expect(systemOf({ userAgent: 'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) Safari/605' })).toBe('macos')
    expect(systemOf({ userAgent: 'Mozilla/5.0 (Linux; Android 14) Mobile' })).toBeNull()
    expect(systemOf({ userAgent: 'curl/8' })).toBeNull()
  })
})

describe('a package', () => {
  it('runs where its system or a wider one is named', () => {
    expect(covers('windows', 'windows-x86_64')).toBe(true)
    expect(covers('windows-x86', 'windows-x86_64')).toBe(true)
    expect(covers('windows-x86_64', 'windows-x86')).toBe(false)
    expect(covers('linux-arm64', 'kylin-arm64')).toBe(true)
    expect(covers('linux-x86', 'linux-x86_64')).toBe(false)
  })
  it('is named in words', () => {
    expect(systemName('kylin-arm64')).toBe('银河麒麟 ARM64')
    expect(systemName('windows')).toBe('Windows')
  })
})

// The whole `cox` command on real machines, with stand-ins for control plane and agents (main.ts). Needs root and scripts/sandbox.
import { spawnSync } from 'node:child_process'
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { exitCodes } from '../../../src/cli/errors.ts'
import { findProcesses } from '../../../src/machine/processes.ts'
import { leftovers, nothing } from '../machine/leftovers.ts'
import { TrialCli } from './run-cli.ts'

const sandboxed = process.env['COXSWAIN_SANDBOX'] !== undefined && process.getuid?.() === 0
const nobody = 65534

let cli: TrialCli
beforeEach(() => {
  cli = new TrialCli()
  chmodSync(cli.directory, 0o777)
})
afterEach(async () => {
  await cli.run(['down', '--all'])
  expect(leftovers(cli.stateRoot)).toEqual(nothing)
  rmSync(cli.directory, { recursive: true })
})

/** Directories of clusters; nothing may be left of one that was refused or failed. */
const clusters = () => (existsSync(cli.stateRoot) ? readdirSync(cli.stateRoot) : [])

describe.runIf(sandboxed)('a cluster', () => {
  test('is made, used, stopped, started and removed', async () => {
    const up = await cli.run(['up', '--nodes', '2'])
    expect(up).toMatchObject({ code: 0, out: '' })
    expect(up.err).toMatch(/✓ Making node-2.*Ready after .*Next: kubectl --context cox-coxswain get nodes/s)
    expect(await cli.run(['up'])).toMatchObject({ code: 0, err: expect.stringContaining('is running') })
    expect(readFileSync(cli.kubeconfig, 'utf8')).toContain('current-context: cox-coxswain')

    expect((await cli.run(['status'])).code).toBe(0)
    const list = await cli.run(['list', '-o', 'json'])
    expect(JSON.parse(list.out)).toMatchObject([{ name: 'coxswain', state: 'running', nodes: 2 }])
    expect((await cli.run(['kubeconfig'])).out).toContain('client-certificate-data')

    const image = await cli.run(['image', 'make', '--binary', '/usr/bin/busybox', '--tag', 'tool:1', '--output', join(cli.directory, 'tool.tar')])
    expect(image.code).toBe(0)
    expect((await cli.run(['image', 'load', join(cli.directory, 'tool.tar')])).err).toContain('docker.io/library/tool:1 loaded into 2 nodes')
    expect((await cli.run(['image', 'load', join(cli.directory, 'tool.tar')])).err).toContain('is in all nodes already')
    expect((await cli.run(['image', 'ls'])).out).toMatch(/docker.io\/library\/tool:1 .*node-1,node-2/)

    expect((await cli.run(['node', 'add'])).code).toBe(0)
    expect((await cli.run(['node', 'rm', 'node-1'])).code).toBe(0)
    expect((await cli.run(['stop'])).code).toBe(0)
    expect((await cli.run(['status'])).code).toBe(3)
    expect((await cli.run(['start'])).code).toBe(0)
    expect(JSON.parse((await cli.run(['status', '-o', 'json'])).out).nodes.map(({ name }: { name: string }) => name)).toEqual(['node-2', 'node-3'])

    expect((await cli.run(['down'])).code).toBe(0)
    expect(readFileSync(cli.kubeconfig, 'utf8')).not.toContain('cox-coxswain')
    expect(clusters()).toEqual([])
  })

  test('is removed without a trace after everything of it was killed', async () => {
    await cli.run(['up', '--nodes', '2'])
    spawnSync('kill', ['-9', ...findProcesses(join(cli.stateRoot, 'coxswain')).map(({ pid }) => String(pid))])
    expect((await cli.run(['status'])).code! & 1).toBe(1)
    expect((await cli.run(['down'])).code).toBe(0)
    expect(clusters()).toEqual([])
  })

  test('is repaired by start when one of its processes was killed', async () => {
    await cli.run(['up'])
    const agent = findProcesses(join(cli.stateRoot, 'coxswain')).find(({ role, innerPid, pid }) => role === 'agent' && innerPid !== pid)!
    process.kill(agent.pid, 'SIGKILL')
    await expect.poll(async () => (await cli.run(['status'])).out).toContain('not running: agent')
    expect((await cli.run(['start'])).code).toBe(0)
    expect((await cli.run(['status'])).code).toBe(0)
  })

  test('has addresses of its own beside another cluster', async () => {
    await cli.run(['up', 'one'])
    await cli.run(['up', 'two', '--no-switch-context'])
    const listed = JSON.parse((await cli.run(['list', '-o', 'json'])).out) as { name: string; server: string }[]
    expect(listed.map(({ server }) => server.split(':')[1])).toEqual(['//172.30.0.1', '//172.30.1.1'])
    expect(readFileSync(cli.kubeconfig, 'utf8')).toContain('current-context: cox-one')
    expect((await cli.run(['down', 'one'])).code).toBe(0)
    expect((await cli.run(['status', 'two'])).code).toBe(0)
  })

  test('without nodes needs no root', async () => {
    expect(await cli.run(['up', '--nodes', '0'], { uid: nobody })).toMatchObject({ code: 0 })
    expect(findProcesses(join(cli.stateRoot, 'coxswain')).map(({ role }) => role)).toEqual(['server'])
    expect(await cli.run(['down'], { uid: nobody })).toMatchObject({ code: 0 })
  })

  test('that was interrupted while it came up is taken back', async () => {
    const child = cli.start(['up'], { env: { TEST_SLOW_SERVER: '1' } })
    const ended = Promise.withResolvers<number | null>()
    child.once('close', ended.resolve)
    await expect.poll(() => findProcesses(join(cli.stateRoot, 'coxswain')).some(({ program }) => program === 'containerd')).toBe(true)
    child.kill('SIGINT')
    expect(await ended.promise).toBe(exitCodes.interrupted)
    expect(clusters()).toEqual([])
  })
})

describe.runIf(sandboxed)('a cluster that cannot be made is refused in one sentence, with a remedy, leaving nothing', () => {
  const refused = async (args: readonly string[], code: number, message: RegExp, options: Parameters<TrialCli['run']>[1] = {}) => {
    const outcome = await cli.run(['up', ...args], options)
    expect(outcome.err).toMatch(message)
    expect(outcome.code).toBe(code)
    expect(clusters()).toEqual([])
  }

  test('without root', () => refused([], exitCodes.machine, /nodes need root.*\n.*--nodes 0/, { uid: nobody }))
  test('without its tools', () => refused([], exitCodes.machine, /not found on PATH: .*nft.*\n.*apt-get install .*nftables/, { env: { PATH: '/nowhere' } }))
  test('with a range that is none', () => refused(['--pod-cidr', '10.0.0.0'], exitCodes.range, /--pod-cidr 10.0.0.0 is not an IPv4 range/))
  test('with ranges that collide', () =>
    refused(
      ['--pod-cidr', '10.9.0.0/16', '--service-cidr', '10.9.3.0/24'],
      exitCodes.range,
      /--service-cidr 10.9.3.0\/24 is not free: --pod-cidr is 10.9.0.0\/16/,
    ))
  test('with an impossible name', () => refused(['Über'], exitCodes.usage, /cannot name a cluster/))
  test('with an unknown flag', () => refused(['--node', '2'], exitCodes.usage, /unknown option '--node'\n\(Did you mean --nodes\?\)/))
  test('with a wait that is no duration', () => refused(['--wait', 'soon'], exitCodes.usage, /Write it like 90s/))

  test('with a range that the machine routes elsewhere', async () => {
    spawnSync('sh', ['-c', 'ip link add vpn0 type bridge && ip link set vpn0 up && ip route add 10.77.0.0/16 dev vpn0'])
    try {
      await refused(['--pod-cidr', '10.77.1.0/24'], exitCodes.range, /--pod-cidr 10.77.1.0\/24 is not free: this machine routes 10.77.0.0\/16 to vpn0/)
    } finally {
      spawnSync('ip', ['link', 'delete', 'vpn0'])
    }
  })

  test('on a port in use', async () => {
    const { promise, resolve } = Promise.withResolvers<void>()
    const server = createServer().listen(0, '127.0.0.1', resolve)
    await promise
    const { port } = server.address() as { port: number }
    await refused(['--api-port', String(port)], exitCodes.port, new RegExp(`port ${port} is in use\\n.*--api-port`))
    server.close()
  })

  test('with a control plane that ends, whose reason and logs are kept', async () => {
    await refused([], exitCodes.controlPlaneStart, /ended at once: .*EADDRINUSE/, { env: { TEST_BROKEN_SERVER: '1' } })
    const kept = readdirSync(cli.directory).find((name) => name.startsWith('cox-coxswain-logs-'))!
    expect(readFileSync(join(cli.directory, kept, 'server.log'), 'utf8')).toContain('EADDRINUSE')
  })

  test('in a state directory that is not readable', async () => {
    mkdirSync(cli.stateRoot, { mode: 0o700 })
    const outcome = await cli.run(['up', '--nodes', '0'], { uid: nobody })
    expect(outcome).toMatchObject({ code: exitCodes.state, err: expect.stringMatching(/sudo|COX_STATE_DIR/) })
  })

  test('over one that a newer version made', async () => {
    mkdirSync(join(cli.stateRoot, 'coxswain'), { recursive: true })
    writeFileSync(join(cli.stateRoot, 'coxswain/cluster.json'), JSON.stringify({ layoutVersion: 99 }))
    expect(await cli.run(['up'])).toMatchObject({ code: exitCodes.state, err: expect.stringContaining('made by a newer Coxswain') })
  })
})

describe.runIf(sandboxed)('a slip of the tongue', () => {
  for (const { args, message } of [
    { args: ['upp'], message: /Did you mean up\?/ },
    { args: ['status', 'dve'], message: /there is no cluster "dve"/ },
    { args: ['down', '-o', 'yaml'], message: /-o yaml is not a format.*\n.*text or json/ },
  ])
    test(args.join(' '), async () => {
      const outcome = await cli.run(args)
      expect(outcome.err).toMatch(message)
      expect(outcome.code).not.toBe(0)
    })
})

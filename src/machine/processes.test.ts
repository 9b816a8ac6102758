import { spawn } from 'node:child_process'
import { expect, test } from 'vitest'
import { systemClock } from '../util/clock.ts'
import { endProcesses, findProcesses, isInside, markedEnvironment, markedProcess, startTicksOf } from './processes.ts'

const mark = { clusterDirectory: `/nowhere/${process.pid}`, role: 'agent', node: 'node-1' } as const

for (const { name, environ, expected } of [
  {
    name: 'of a node',
    environ: 'PATH=/bin\0COXSWAIN_CLUSTER_DIRECTORY=/c\0COXSWAIN_ROLE=agent\0COXSWAIN_NODE=node-1\0',
    expected: { clusterDirectory: '/c', role: 'agent', node: 'node-1' },
  },
  { name: 'of the control plane', environ: 'COXSWAIN_CLUSTER_DIRECTORY=/c\0COXSWAIN_ROLE=server\0', expected: { clusterDirectory: '/c', role: 'server' } },
  { name: 'of somebody else', environ: 'PATH=/bin\0NOTE=COXSWAIN_CLUSTER_DIRECTORY=/c\0', expected: undefined },
])
  test(`a process ${name}`, () => {
    const found = markedProcess(7, environ, 'Name:\tnode\nNSpid:\t7\t3\n', '99')
    expect(found).toEqual(expected && { ...expected, pid: 7, innerPid: 3, program: 'node', startTicks: '99' })
  })

test('what waits outside for a process of a node is not inside', () => {
  const process = { ...mark, pid: 7, startTicks: '1', program: 'nsenter' }
  expect([isInside({ ...process, innerPid: 7 }), isInside({ ...process, innerPid: 3 })]).toEqual([false, true])
})

test('a process that ignores SIGTERM is killed in the end', async () => {
  const child = spawn('sh', ['-c', 'trap "" TERM; echo ready; while :; do read -r line; done'], {
    env: markedEnvironment(process.env, mark),
    stdio: ['pipe', 'pipe', 'ignore'],
  })
  await new Promise((resolve) => child.stdout.once('data', resolve))
  const found = findProcesses(mark.clusterDirectory)
  expect(found).toMatchObject([{ pid: child.pid, program: 'sh', role: 'agent', node: 'node-1' }])
  const closed = new Promise((resolve) => child.once('close', (_, signal) => resolve(signal)))
  await endProcesses(found, 50, systemClock)
  expect(await closed).toBe('SIGKILL')
  expect(startTicksOf(child.pid!)).toBeUndefined()
})

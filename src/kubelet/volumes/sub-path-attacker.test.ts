// CVE-2017-1002101, CVE-2021-25741: a container swaps a link within its volume for one to the node's files, again and again, while the
// kubelet opens a subPath that leads through it, or makes the directories that are missing there.
import { fstatSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Worker } from 'node:worker_threads'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openBeneath } from './sub-path.ts'

const attempts = 10_000
const root = mkdtempSync(join(tmpdir(), 'sub-path-'))
const volume = join(root, 'volume')
const outside = join(root, 'outside')
let attacker: Worker
beforeAll(async () => {
  for (const directory of [join(volume, 'own/b'), join(outside, 'b')]) mkdirSync(directory, { recursive: true })
  writeFileSync(join(volume, 'own/b/file'), 'of the volume')
  writeFileSync(join(outside, 'b/file'), 'of the node')
  symlinkSync('own', join(volume, 'a'))
  // `a` leads now into the volume, now out of it; and the directory that it leads to is now one, now a link itself.
  const swap = `
    const { renameSync, rmSync, symlinkSync, unlinkSync } = require('node:fs')
    const { parentPort, workerData: { volume, outside, stop } } = require('node:worker_threads')
    const own = volume + '/own'
    parentPort.postMessage('ready')
    while (Atomics.load(stop, 0) === 0) {
      for (const target of [outside, 'own']) {
        symlinkSync(target, volume + '/link')
        renameSync(volume + '/link', volume + '/a')
      }
      renameSync(own, volume + '/hidden')
      try {
        symlinkSync(outside, own)
        unlinkSync(own)
      } catch {
        // The kubelet was quicker, and has made it.
        rmSync(own, { recursive: true })
      }
      for (let hidden = true; hidden; ) {
        try {
          renameSync(volume + '/hidden', own)
          hidden = false
        } catch {
          rmSync(own, { recursive: true })
        }
      }
    }`
  attacker = new Worker(swap, { eval: true, workerData: { volume, outside, stop } })
  attacker.on('error', (error) => (broken = error))
  await new Promise((resolve) => attacker.once('message', resolve))
})
const stop = new Int32Array(new SharedArrayBuffer(4))
let broken: unknown
afterAll(async () => {
  Atomics.store(stop, 0, 1)
  await attacker.terminate()
  rmSync(root, { recursive: true })
})

test(`${attempts} times, never a file of the node, and no directory made there`, async () => {
  const seen = { opened: 0, refused: 0 }
  for (let attempt = 0; attempt < attempts; attempt++) {
    const isFile = attempt % 2 === 0
    try {
      const file = await openBeneath(volume, isFile ? 'a/b/file' : `a/b/made-${attempt}`)
      const path = `/proc/self/fd/${file.fd}`
      expect(readlinkSync(path).startsWith(`${volume}/`)).toBe(true)
      if (fstatSync(file.fd).isFile()) expect(readFileSync(path, 'utf8')).toBe('of the volume')
      await file.close()
      seen.opened++
    } catch (error) {
      if (!isRefusal(error)) throw error
      seen.refused++
    }
  }
  expect(readdirSync(join(outside, 'b'))).toEqual(['file'])
  // It was a race, and sometimes each side has won.
  expect(Math.min(seen.opened, seen.refused)).toBeGreaterThan(0)
  expect(broken).toBeUndefined()
})

/** By the kubelet's own checks, or because what was swapped was not there. */
const isRefusal = (error: unknown) =>
  (error as Error).name === 'ConfigError' || ['ENOENT', 'ENOTDIR', 'ELOOP'].includes((error as NodeJS.ErrnoException).code ?? '')

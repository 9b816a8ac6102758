// The program as tests run it: real machines, real credentials, and stand-ins for control plane and agents.
import { clusterCertificates, issueClusterAccess } from '../../../src/cmd/cluster-access.ts'
import { processIo } from '../../../src/cli/io/io.ts'
import { newProgram, runProgram } from '../../../src/cli/program.ts'
import { systemClock } from '../../../src/util/clock.ts'

function interruption(): AbortSignal {
  const controller = new AbortController()
  process.once('SIGINT', () => controller.abort())
  return controller.signal
}

const [command, ...rest] = process.argv.slice(2)
if (command === 'server' && process.env['TEST_BROKEN_SERVER']) {
  console.error('listen EADDRINUSE: address already in use')
  process.exit(1)
} else if (command === 'server' && process.env['TEST_SLOW_SERVER']) setInterval(() => {}, 60_000)
else if (command === 'server') await import('./fake-control-plane.ts')
else if (command === 'agent') {
  const forever = setInterval(() => {}, 60_000)
  process.once('SIGTERM', () => clearInterval(forever))
} else {
  const context = {
    io: processIo(process.env),
    env: process.env,
    clock: systemClock,
    signal: interruption(),
    self: [process.execPath, import.meta.filename] as const,
    issueAccess: (request: Parameters<typeof issueClusterAccess>[0]) => issueClusterAccess(request, systemClock),
    certificates: clusterCertificates(systemClock),
    setExitCode: (code: number) => (process.exitCode = code),
  }
  await runProgram(
    newProgram(context),
    [command, ...rest].filter((word) => word !== undefined),
    context,
  )
}

// The commands that people type, wired to this machine.
import type { CliContext } from '../cli/context.ts'
import { processIo } from '../cli/io/io.ts'
import { newProgram, runProgram } from '../cli/program.ts'
import { systemClock } from '../util/clock.ts'
import { clusterCertificates, issueClusterAccess } from './cluster-access.ts'
import { terminationSignal } from './run.ts'

export async function main(argv: readonly string[]): Promise<void> {
  const context: CliContext = {
    io: processIo(process.env),
    env: process.env,
    clock: systemClock,
    signal: terminationSignal(),
    self: [process.execPath, process.argv[1]!],
    issueAccess: (request) => issueClusterAccess(request, systemClock),
    certificates: clusterCertificates(systemClock),
    setExitCode: (code) => {
      process.exitCode = code
    },
  }
  await runProgram(newProgram(context), argv, context)
}

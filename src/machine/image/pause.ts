// The pause program: holds a pod's namespaces open, collects orphans as process 1, and ends when told to.
//
// It does what upstream's pause.c does with three signal handlers and pause(2), in a form that needs no handlers: block SIGCHLD, SIGINT
// and SIGTERM, then wait for one of them. A blocked signal reaches even process 1 of a PID namespace, to which an unhandled one
// would be dropped. The same program is process 1 of a local node.
import { type Architecture, Assembler, elfExecutable } from './assembler.ts'

const sigint = 2
const sigterm = 15
const sigchld = 17

/** The set as the kernel wants it: signal n is bit n - 1. */
const awaitedSignals = [sigint, sigterm, sigchld].reduce((set, signal) => set | (1 << (signal - 1)), 0)

function amd64(): Uint8Array {
  const rip = (label: string, opcode: readonly number[]) => ({
    label,
    values: [...opcode, 0, 0, 0, 0],
    write: (code: DataView, at: number, target: number) => code.setInt32(at + 3, target - (at + 7), true),
  })
  const asm = new Assembler()
  const lea = (register: number, label: string) => {
    const { values, write } = rip(label, [0x48, 0x8d, register])
    return asm.reference(label, values, write)
  }
  const jump = (opcode: number, label: string) => asm.reference(label, [opcode, 0], (code, at, target) => code.setInt8(at + 1, target - (at + 2)))
  const [rsi, rdi] = [0x35, 0x3d]

  asm.bytes(0x31, 0xff) //             xor edi, edi        SIG_BLOCK
  lea(rsi, 'signals') //               lea rsi, [signals]
  asm.bytes(0x31, 0xd2) //             xor edx, edx
  asm.bytes(0x6a, 0x08, 0x41, 0x5a) // push 8; pop r10     size of the set
  asm.bytes(0x6a, 14, 0x58) //         push 14; pop rax    rt_sigprocmask
  asm.bytes(0x0f, 0x05) //             syscall

  asm.label('wait')
  lea(rdi, 'signals') //               lea rdi, [signals]
  asm.bytes(0x31, 0xf6) //             xor esi, esi        no details wanted
  asm.bytes(0x31, 0xd2) //             xor edx, edx        no time limit
  asm.bytes(0x6a, 0x08, 0x41, 0x5a) // push 8; pop r10
  asm.bytes(0xb8).word(128) //         mov eax, 128        rt_sigtimedwait
  asm.bytes(0x0f, 0x05) //             syscall
  asm.bytes(0x83, 0xf8, sigchld) //    cmp eax, SIGCHLD
  jump(0x74, 'reap') //                je reap
  asm.bytes(0x85, 0xc0) //             test eax, eax
  jump(0x78, 'wait') //                js wait             interrupted
  asm.bytes(0x31, 0xff) //             xor edi, edi
  asm.bytes(0xb8).word(231) //         mov eax, 231        exit_group(0)
  asm.bytes(0x0f, 0x05) //             syscall

  asm.label('reap')
  asm.bytes(0x83, 0xcf, 0xff) //       or edi, -1          any child
  asm.bytes(0x31, 0xf6) //             xor esi, esi
  asm.bytes(0x6a, 0x01, 0x5a) //       push 1; pop rdx     WNOHANG
  asm.bytes(0x45, 0x31, 0xd2) //       xor r10d, r10d
  asm.bytes(0x6a, 61, 0x58) //         push 61; pop rax    wait4
  asm.bytes(0x0f, 0x05) //             syscall
  asm.bytes(0x85, 0xc0) //             test eax, eax
  jump(0x7f, 'reap') //                jg reap             there may be more
  jump(0xeb, 'wait') //                jmp wait
  asm.label('signals').word(awaitedSignals).word(0)
  return asm.finish()
}

function arm64(): Uint8Array {
  const asm = new Assembler()
  const movz = (register: number, value: number) => asm.word(0xd280_0000 | (value << 5) | register)
  const compare = (register: number, value: number) => asm.word(0xf100_0000 | (value << 10) | (register << 5) | 31)
  const supervisorCall = () => asm.word(0xd400_0001)
  const patch = (label: string, word: number, encode: (distance: number) => number) =>
    asm.reference(label, [0, 0, 0, 0], (code, at, target) => code.setUint32(at, (word | encode(target - at)) >>> 0, true))
  const adr = (register: number, label: string) =>
    patch(label, 0x1000_0000 | register, (distance) => ((distance & 3) << 29) | (((distance >> 2) & 0x7_ffff) << 5))
  const branchIf = (condition: number, label: string) => patch(label, 0x5400_0000 | condition, (distance) => ((distance >> 2) & 0x7_ffff) << 5)
  const branch = (label: string) => patch(label, 0x1400_0000, (distance) => (distance >> 2) & 0x3ff_ffff)
  const syscall = (number: number) => {
    movz(8, number)
    supervisorCall()
  }
  const [equal, less, greater] = [0, 11, 12]

  movz(0, 0) //           SIG_BLOCK
  adr(1, 'signals')
  movz(2, 0)
  movz(3, 8) //           size of the set
  syscall(135) //         rt_sigprocmask

  asm.label('wait')
  adr(0, 'signals')
  movz(1, 0) //           no details wanted
  movz(2, 0) //           no time limit
  movz(3, 8)
  syscall(137) //         rt_sigtimedwait
  compare(0, sigchld)
  branchIf(equal, 'reap')
  compare(0, 0)
  branchIf(less, 'wait') // interrupted
  movz(0, 0)
  syscall(94) //          exit_group(0)

  asm.label('reap')
  asm.word(0x9280_0000) // mov x0, #-1: any child
  movz(1, 0)
  movz(2, 1) //           WNOHANG
  movz(3, 0)
  syscall(260) //         wait4
  compare(0, 0)
  branchIf(greater, 'reap') // there may be more
  branch('wait')
  asm.label('signals').word(awaitedSignals).word(0)
  return asm.finish()
}

const programs: Readonly<Record<Architecture, () => Uint8Array>> = { amd64, arm64 }

/** The pause program as a file: about 300 bytes, needing nothing but the kernel. */
export function pauseProgram(architecture: Architecture): Uint8Array {
  return elfExecutable(architecture, programs[architecture]())
}

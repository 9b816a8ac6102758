import { expect, test } from 'vitest'

import { crc32c } from './crc32c.ts'

test.each([
  { name: 'the check value of the polynomial', bytes: Buffer.from('123456789'), crc: 0xe3069283 },
  { name: 'RFC 3720 B.4: 32 zeros', bytes: Buffer.alloc(32), crc: 0x8a9136aa },
  { name: 'RFC 3720 B.4: 32 ones', bytes: Buffer.alloc(32, 0xff), crc: 0x62a8ab43 },
  { name: 'RFC 3720 B.4: ascending', bytes: Buffer.from(Array.from({ length: 32 }, (_, i) => i)), crc: 0x46dd794e },
  { name: 'nothing', bytes: Buffer.alloc(0), crc: 0 },
])('$name', ({ bytes, crc }) => {
  expect(crc32c(bytes)).toBe(crc)
  expect(crc32c(bytes.subarray(3), crc32c(bytes.subarray(0, 3)))).toBe(crc)
})

// The C functions that decide whether a replacement is complete.

#if canImport(Glibc)
  import Glibc
#endif

/// Tests put others in their place, to fail at each of them and to see their order.
package struct SystemCalls {
  package var write: (Int32, UnsafeRawPointer?, Int) -> Int = { Glibc.write($0, $1, $2) }
  package var fsync: (Int32) -> Int32 = { Glibc.fsync($0) }
  package var close: (Int32) -> Int32 = { Glibc.close($0) }
  package var rename: (_ path: String, _ other: String) -> Int32 = { Glibc.rename($0, $1) }

  package init() {}
}

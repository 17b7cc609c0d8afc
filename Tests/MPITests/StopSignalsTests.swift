import MPI
import Testing

#if canImport(Glibc)
  import Glibc
#endif

/// Sends `signal` to this process and waits until the flag is there, at most 5 s. Test threads block
/// signals, so the kernel delivers it to another thread, a moment later.
private func send(_ signal: Int32, expecting flag: StopSignals.Received) {
  kill(getpid(), signal)
  for _ in 0..<500 where !StopSignals.received.contains(flag) { usleep(10_000) }
}

@Suite(.serialized) struct StopSignalsTests {
  // In processes of their own: the handlers would stay installed for all other tests.
  @Test("signals are remembered by kind until cleared, and the process lives on")
  func remember() async {
    await #expect(processExitsWith: .success) {
      try StopSignals.install()
      #expect(StopSignals.received == [])
      send(SIGUSR1, expecting: .userRequest)
      #expect(StopSignals.received == .userRequest)
      send(SIGTERM, expecting: .terminate)
      send(SIGINT, expecting: .interrupt)
      #expect(StopSignals.received == [.userRequest, .terminate, .interrupt])
      #expect(StopSignals.received.description == "SIGUSR1, SIGTERM, SIGINT")
      StopSignals.clear()
      #expect(StopSignals.received == [])
    }
  }

  @Test("a second SIGINT ends the process with code 130")
  func secondInterrupt() async {
    await #expect(processExitsWith: .exitCode(130)) {
      try StopSignals.install()
      send(SIGINT, expecting: .interrupt)
      kill(getpid(), SIGINT)
      usleep(5_000_000)
    }
  }
}

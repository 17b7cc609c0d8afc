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
      try StopSignals.defer()
      #expect(StopSignals.received == [])
      send(SIGUSR1, expecting: .userRequest)
      #expect(StopSignals.received == .userRequest)
      send(SIGUSR1, expecting: .userRequest)
      send(SIGTERM, expecting: .terminate)
      #expect(StopSignals.received == [.userRequest, .terminate])
      #expect(StopSignals.received.description == "SIGUSR1, SIGTERM")
      StopSignals.clear()
      #expect(StopSignals.received == [])
      send(SIGINT, expecting: .interrupt)
      #expect(StopSignals.received == .interrupt)
    }
  }

  @Test("a second SIGTERM or SIGINT ends the process at once, whichever was the first")
  func second() async {
    await #expect(processExitsWith: .exitCode(143)) {
      try StopSignals.defer()
      send(SIGINT, expecting: .interrupt)
      kill(getpid(), SIGTERM)
      usleep(5_000_000)
    }

    await #expect(processExitsWith: .exitCode(130)) {
      try StopSignals.defer()
      send(SIGINT, expecting: .interrupt)
      kill(getpid(), SIGINT)
      usleep(5_000_000)
    }
  }

  @Test("who cannot save is ended by the first signal")
  func atOnce() async {
    await #expect(processExitsWith: .signal(SIGINT)) {
      try StopSignals.defer()
      try StopSignals.endAtOnce()
      kill(getpid(), SIGINT)
      usleep(5_000_000)
    }
  }

  @Test("writing into a closed pipe is an error, not a death")
  func pipe() async {
    await #expect(processExitsWith: .success) {
      try StopSignals.ignoreThoseOfWriting()
      var ends: [Int32] = [0, 0]
      #expect(Glibc.pipe(&ends) == 0)
      close(ends[0])
      #expect(write(ends[1], "x", 1) == -1 && errno == EPIPE)
    }
  }
}

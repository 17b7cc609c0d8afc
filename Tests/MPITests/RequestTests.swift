import MPI
import ModelTestSupport
import TestSupport
import Testing

@Suite struct RequestTests {
  @Test("a request dropped before wait() traps")
  func dropped() async {
    await #expect(processExitsWith: .failure) {
      let world = try RankSuite.world
      let values = UnsafeMutableBufferPointer<Float>.allocate(capacity: 8)
      _ = try world.startAllReduce(values, .sum)
    }
  }

  @Test("an error of MPI carries the function and MPI's own message")
  func errors() throws {
    let world = try RankSuite.world
    var value: [Float] = [1]
    let error = #expect(throws: MPIError.self) {
      try value.withUnsafeMutableBufferPointer { try world.broadcast($0, from: 99) }
    }
    #expect(error?.function == "MPI_Bcast")
    #expect(error?.message.contains("MPI_ERR_ROOT") == true)
  }
}

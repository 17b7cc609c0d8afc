import Checkpoints
import Testing

@Suite struct CheckpointNameTests {
  @Test("names sort by step and come back as steps")
  func roundTrip() {
    #expect(CheckpointName.file(step: 1200) == "step-000001200.h5")
    for step in [0, 1, 999_999_999, 1_000_000_000] {
      #expect(CheckpointName.step(of: CheckpointName.file(step: step)) == step)
    }
  }

  @Test(
    "temporary, foreign and misspelt names are no checkpoints",
    arguments: [
      "", ".tmp-000001200-1f.h5", "step-1200.h5", "step-000001200.h5.bak", "step-00000120x.h5",
      "step--00000012.h5", "step-000001200", "latest", "step-٠٠٠٠٠١٢٠٠.h5",
      "step-99999999999999999999.h5",
    ])
  func others(name: String) {
    #expect(CheckpointName.step(of: name) == nil)
  }
}

import Foundation
import ImageCodecs
import ImageData
import Multiscale
import TestSupport
import Testing

@Suite struct SampleLoaderTests {
  private let tokenizer = Tokenizer(configuration: MultiscaleConfiguration())

  private func loader(_ folder: ScratchDirectory) throws -> SampleLoader {
    try SampleLoader(
      index: IndexBuilder().open(folder.path, world: nil).index, tokenizer: tokenizer)
  }

  private func planned(_ id: Int, _ window: CropWindow) -> PlannedSample {
    let tokens = TokenGeometry.validTokens(
      height: window.height, width: window.width, configuration: tokenizer.configuration)
    return PlannedSample(sample: id, epoch: 0, window: window, tokens: tokens)
  }

  @Test("the tokens are those of the cut and mirrored pixels")
  func window() throws {
    let (height, width) = (50, 70)
    let folder = try ScratchDirectory()
    try folder.write("a/1.ppm", ppm(height: height, width: width))
    let all = pixels(height: height, width: width)
    for window in [
      CropWindow(height: height, width: width),
      CropWindow(top: 3, left: 5, height: 40, width: 33),
      CropWindow(top: 9, left: 0, height: 41, width: 70, isFlipped: true),
    ] {
      var cut: [UInt8] = []
      for y in 0..<window.height {
        for x in 0..<window.width {
          let column = window.isFlipped ? window.width - 1 - x : x
          let start = ((window.top + y) * width + window.left + column) * 3
          cut += all[start..<start + 3]
        }
      }
      let expected = tokenizer.tokens(
        height: window.height, width: window.width, pixels: cut, padded: false)
      let loaded = try loader(folder).load(planned(0, window)).get()
      #expect(Array(loaded.tokens.patches.elements) == Array(expected.patches.elements))
      #expect(loaded.tokens.spatialIndices == expected.spatialIndices)
      #expect(loaded.target == .classIndex(0))
      #expect(loaded.tokens.rowCount == loaded.planned.tokens)
      #expect(try loader(folder).byteCount(loaded.planned) == loaded.tokens.byteCount)
    }
  }

  @Test("images come with the channels of the tokenizer, cut and mirrored", arguments: [1, 4])
  func channels(count: Int) throws {
    let folder = try ScratchDirectory()
    var image = PixelImage(
      height: 20, width: 30, pixels: pixels(height: 20, width: 30)
    ).converted(to: 4)
    for i in 0..<600 { image.pixels[4 * i + 3] = UInt8(i % 251) }
    try folder.write("a/1.png", PNGEncoder.encode(image))
    let configuration = MultiscaleConfiguration(channels: count)
    let loader = SampleLoader(
      index: try IndexBuilder().open(folder.path, world: nil).index,
      tokenizer: Tokenizer(configuration: configuration))
    let window = CropWindow(top: 2, left: 5, height: 17, width: 20, isFlipped: true)
    let all = image.converted(to: count)
    var cut: [UInt8] = []
    for y in 0..<17 {
      for x in 0..<20 {
        let start = ((2 + y) * 30 + 5 + 19 - x) * count
        cut += all.pixels[start..<start + count]
      }
    }
    let expected = loader.tokenizer.tokens(height: 17, width: 20, pixels: cut, padded: false)
    let loaded = try loader.load(planned(0, window)).get()
    #expect(Array(loaded.tokens.patches.elements) == Array(expected.patches.elements))
    #expect(loader.byteCount(loaded.planned) == loaded.tokens.byteCount)
  }

  @Test("a file that broke, vanished or was replaced since the index is an error with its path")
  func badFiles() throws {
    let folder = try ScratchDirectory()
    for name in ["1", "2", "3", "4"] { try folder.write("a/\(name)", ppm(height: 8, width: 8)) }
    let loader = try loader(folder)
    try folder.write("a/1", Array(ppm(height: 8, width: 8).prefix(50)))
    try FileManager.default.removeItem(atPath: "\(folder.path)/a/2")
    try folder.write("a/3", ppm(height: 8, width: 9))
    try folder.write("a/4", ppm(height: 8, width: 8) + [0])
    let window = CropWindow(height: 8, width: 8)
    for (id, reason) in [
      (0, "ends too early"), (1, "cannot read the file: No such file or directory"),
      (2, "has 8 × 9 pixels, the index says 8 × 8"),
      (3, "has 204 bytes, the index says 203: the file was replaced"),
    ] {
      guard case .failure(let error) = loader.load(planned(id, window)) else {
        Issue.record("expected sample \(id) to fail")
        continue
      }
      #expect(error.sample == id)
      #expect(error.path == "\(folder.path)/a/\(id + 1)")
      #expect(error.reason.contains(reason), "\(error.reason)")
    }
  }

  @Test("the queue gives what the loader gives, for several consumers")
  func queue() throws {
    let folder = try ScratchDirectory()
    for id in 0..<12 { try folder.write("a/\(id + 10)", ppm(height: 20 + id, width: 30)) }
    let loader = try loader(folder)
    let planner = BatchPlanner(
      index: loader.index,
      augmentation: Augmentation(configuration: AugmentationConfiguration(), seed: 1),
      multiscale: tokenizer.configuration, shardCount: 3)
    let plan = planner.plan(
      order: EpochOrder(seed: 1, epoch: 0, count: 12), epoch: 0, positions: 0..<12)
    let queue = loader.queue(streamCount: 3, threadCount: 2, byteLimit: 1 << 20)
    for shard in 0..<3 { queue.enqueue(plan.samples(ofShard: shard), on: shard) }
    for shard in 0..<3 {
      for planned in plan.samples(ofShard: shard) {
        let (got, expected) = try (queue.take(from: shard).get(), loader.load(planned).get())
        #expect(got.planned == planned)
        #expect(Array(got.tokens.patches.elements) == Array(expected.tokens.patches.elements))
      }
    }
    #expect(queue.seconds.loading > 0)
  }
}

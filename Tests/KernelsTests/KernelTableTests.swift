import KernelCases
import Kernels
import TestSupport
import Testing

/// Every kernel of the table, which `bench kernels` times, against its plain twin.
@Suite struct KernelTableTests {
  @Test("results equal those of the plain twin", arguments: CheckedKernel.all)
  func forward(checked: CheckedKernel) {
    for precision in checked.precisions {
      let run = KernelRun(checked.kernel, precision: precision)
      let expected = checked.twin(run.inputValues, run.old.doubles)
      var first = 0
      for (part, tolerance) in zip(checked.kernel.result, checked.tolerances) {
        let entries = first..<first + part.count
        #expect(
          deviation(run.result.values[entries], Array(expected[entries])) <= tolerance,
          "\(part.name), \(precision)")
        first = entries.upperBound
      }
      #expect(run.isIntact)
    }
  }

  @Test(
    "gradients equal numerical ones of the twin, written or added",
    arguments: CheckedKernel.all.filter { $0.kernel.inputs.contains { $0.gradient != .none } },
    [false, true])
  func backward(checked: CheckedKernel, accumulates: Bool) {
    for precision in checked.precisions {
      let run = KernelRun(checked.kernel, precision: precision)
      var w = KernelRun.exact(
        randomValues("w", checked.kernel.resultCount), in: precision)
      for i in w.indices where !checked.isRead(i) { w[i] = 0 }
      let gradients = run.backward(w, accumulates: accumulates)
      let inputs = run.inputValues
      for (index, part) in checked.kernel.inputs.enumerated() where part.gradient != .none {
        let entries = sampledEntries(part.count, limit: checked.entryLimit)
        let numerical = numericalGradient(at: inputs[index], entries: entries) { changed in
          var all = inputs
          all[index] = changed
          return projection(checked.twin(all, run.old.doubles), w.doubles)
        }
        let gradient = gradients[index]
        let expected = gradient.before.map { plus(numerical, $0, entries) } ?? numerical
        #expect(
          deviation(gradient.buffer.values.at(entries), expected) <= checked.gradientTolerance,
          "\(part.name), \(precision)")
        #expect(gradient.buffer.isIntact)
      }
      #expect(run.isIntact)
    }
  }

  @Test("every kernel of the table has a twin")
  func complete() {
    #expect(CheckedKernel.missing(from: CheckedKernel.all).isEmpty)
    let others = CheckedKernel.all.filter { $0.kernel.kernel != .layerNorm }
    #expect(CheckedKernel.missing(from: others) == [.layerNorm])
  }

  @Test("the published kernels are the 13.42 M, 20.64 M and 10,752 products of the model")
  func publishedWork() {
    // Multiply-accumulates of forward: 342 patches, 343 tokens in 14 layers of dense products.
    var products = 0.0
    for published in PublishedKernel.all(precision: .fp32) {
      for row in published.rows where row.name.hasSuffix(" forward") {
        if case .arithmetic(let flops) = published.kernel.passes[row.pass].work {
          products += flops / 2 * Double(row.callsPerImage)
        }
      }
    }
    // The last block is counted as the others in the dense products and not at all in attention.
    let patches: Double = 342 * 13.42e6
    let tokens: Double = 343 * 20.64e6
    let pairs: Double = 343 * 343 * 10_752 / 14 * 13
    let expected = patches + tokens + pairs
    // Patches pass eight at a time, and 342 is not a multiple of eight.
    #expect(abs(products / expected - 1) <= 0.005)
  }
}

/// `gradient` of the sampled entries added to what was there before.
func plus(_ gradient: [Double], _ old: [Float], _ entries: [Int]) -> [Double] {
  zip(gradient, entries).map { $0 + Double(old[$1]) }
}

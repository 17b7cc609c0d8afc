import ImageData
import Labels
import Testing

@Suite struct SampleIndexClassesTests {
  /// One image per class.
  private func index(_ names: [String], kind: LabelKind = .classes) -> SampleIndex {
    SampleIndex(
      root: "/set", kind: kind, classNames: names,
      samples: names.enumerated().map { place, name in
        Sample(
          path: "\(name)/1.png", target: kind == .classes ? .classIndex(Int32(place)) : .score(1),
          height: 2, width: 3)
      })
  }

  private let known = KnownClasses(ClassNames(["ant", "bee", "cat"]), of: "the model in a.h5")

  @Test("labels become places among the known classes, by name")
  func relabeled() throws {
    for names in [["cat", "ant", "bee"], ["bee", "cat"], ["ant", "bee", "cat"]] {
      let (index, warnings) = try index(names).relabeled(as: known, unknown: .refuse)
      #expect(index.classNames == known.classes.names && warnings.isEmpty)
      for sample in index.samples {
        #expect(sample.path == "\(index.classNames[Int(sample.classIndex)])/1.png")
      }
    }
  }

  @Test("unknown classes are refused with both lists, or left out and counted")
  func unknown() throws {
    let set = index(["bee", "dune", "elk"])
    let found = #expect(throws: DataError.self) {
      try set.relabeled(as: known, unknown: .refuse)
    }
    #expect(
      found?.description
        == "'/set' has classes that the model in a.h5 does not have: 2 (dune, elk), with 2 images; it has "
        + "3 (ant, bee, cat), the set has 3 (bee, dune, elk)")
    let (rest, warnings) = try set.relabeled(as: known, unknown: .leaveOut)
    #expect(rest.samples.map(\.path) == ["bee/1.png"] && rest.samples[0].classIndex == 1)
    #expect(
      rest.excluded.map(\.reason) == [
        "class 'dune' is unknown to the model in a.h5",
        "class 'elk' is unknown to the model in a.h5",
      ])
    #expect(
      warnings == [
        "2 of 3 images in /set are left out, of classes that the model in a.h5 does not have: "
          + "2 (dune, elk)"
      ])
    // Nothing left is nothing to work with.
    #expect(throws: DataError.self) {
      try index(["dune"]).relabeled(as: known, unknown: .leaveOut)
    }
    // A class without an image does no harm.
    var empty = set
    empty.samples.removeAll { $0.path != "bee/1.png" }
    #expect(try empty.relabeled(as: known, unknown: .refuse).index.count == 1)
  }

  @Test("without names the number counts where it can, with a warning, and nothing else")
  func numbers() throws {
    let unnamed = KnownClasses(ClassNames(unnamed: 3), of: "the model in a.npz")
    let (same, warnings) = try index(["x", "y", "z"]).relabeled(as: unnamed, unknown: .refuse)
    #expect(same == index(["x", "y", "z"]))
    #expect(
      warnings == [
        "the model in a.npz has no names of classes, only 3 numbers: classes are matched by number; "
          + "nothing proves that they are the same"
      ])
    for rule in UnknownClasses.allCases {
      let found = #expect(throws: DataError.self) {
        try index(["x", "y"]).relabeled(as: unnamed, unknown: rule)
      }
      #expect(
        found?.description
          == "the classes of '/set' and of the model in a.npz cannot be matched: the set has 2 (x, y), "
          + "the other 3 without names")
    }
    let (part, _) = try index(["0", "2"]).relabeled(as: unnamed, unknown: .refuse)
    #expect(part.classNames == ["0", "1", "2"] && part.samples.map(\.classIndex) == [0, 2])
    let (numbered, told) = try index(["0", "1"]).relabeled(as: known, unknown: .refuse)
    #expect(numbered.classNames == known.classes.names && told.count == 1)
    #expect(numbered.samples.map(\.classIndex) == [0, 1])
  }

  @Test("a set of scores is no set of classes")
  func kinds() {
    let found = #expect(throws: DataError.self) {
      try index(["mos"], kind: .score).relabeled(as: known, unknown: .leaveOut)
    }
    #expect(found?.description.contains("quality against classification") == true)
  }
}

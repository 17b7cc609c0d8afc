import Labels
import Testing

@Suite struct ClassMatchTests {
  private let known = ClassNames(["ant", "bee", "cat"])

  @Test("classes are found by name: in another order, as a part, and not at all")
  func names() {
    #expect(ClassMatch(["ant", "bee", "cat"], among: known).isIdentity)
    let turned = ClassMatch(["cat", "ant", "bee"], among: known)
    #expect(turned.places == [2, 0, 1] && turned.basis == .names && !turned.isIdentity)
    #expect(ClassMatch(["bee", "cat"], among: known).places == [1, 2])
    let other = ClassMatch(["bee", "dog"], among: known)
    #expect(other.places == [1, nil] && other.basis == .names)
    #expect(ClassMatch(["dog", "elk", "fox"], among: known).places == [nil, nil, nil])
    // Two Unicode forms of one name are one name.
    #expect(ClassMatch(["e\u{301}t"], among: ClassNames(["\u{E9}t"])).places == [0])
  }

  @Test("without names, or where one list is a numbering, the number counts if it can")
  func numbers() {
    let unnamed = ClassNames(unnamed: 3)
    #expect(ClassMatch(["ant", "bee", "cat"], among: unnamed).places == [0, 1, 2])
    #expect(ClassMatch(["ant", "bee", "cat"], among: unnamed).basis == .numbers)
    #expect(ClassMatch(["ant", "bee"], among: unnamed).places == [nil, nil])
    #expect(ClassMatch(["0", "1"], among: unnamed).places == [0, 1])
    #expect(ClassMatch(["0", "1", "2", "3"], among: unnamed).places == [0, 1, 2, nil])
    #expect(ClassMatch(["0", "1"], among: known).places == [0, 1])
    #expect(ClassMatch(["ant", "bee"], among: ClassNames(["0", "1"])).basis == .numbers)
    // A part of the numbers are the numbers themselves; as many must be all of them.
    #expect(ClassMatch(["1", "7"], among: ClassNames(unnamed: 9)).places == [1, 7])
    #expect(ClassMatch(["1", "9"], among: ClassNames(unnamed: 9)).places == [1, nil])
    #expect(ClassMatch(["1", "2", "3"], among: known).places == [0, 1, 2])
    #expect(ClassMatch(["0", "2", "5"], among: known).places == [nil, nil, nil])
    #expect(ClassMatch(["0", "1", "10", "2"], among: unnamed).places == [0, 1, nil, 2])
    // Numbers that are names of both sides are names.
    #expect(ClassMatch(["1", "10"], among: ClassNames(["0", "1", "10", "2"])).places == [1, 2])
  }

  @Test("long lists are told in brief")
  func brief() {
    #expect("\(BriefList([]))" == "none" && "\(BriefList(["a", "b"]))" == "2 (a, b)")
    #expect("\(BriefList((0..<1000).map { "\($0)" }))" == "1000 (0, 1, 2, 3, 4, …)")
  }
}

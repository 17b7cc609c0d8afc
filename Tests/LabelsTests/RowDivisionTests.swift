import Labels
import Testing

@Suite struct RowDivisionTests {
  @Test("rows of one path are one group, however it is written; Unicode forms are two")
  func forms() {
    let division = RowDivision(
      paths: ["p/a", "./p/a", "p//a", "p/b", "p/e\u{301}", "p/\u{E9}"], groups: nil)
    #expect(division.groups == [[0, 1, 2], [3], [4], [5]])
  }

  @Test("named groups and paths never meet; rows without a group are grouped by their path")
  func groups() {
    let division = RowDivision(paths: ["a", "b", "./a", "c"], groups: ["", "a", "", "a"])
    #expect(division.groups == [[1, 3], [0, 2]])
  }
}

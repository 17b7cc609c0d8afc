// How the page of a gallery looks: on wide and narrow screens, light and dark, by keyboard.

extension Gallery {
  /// The style sheet.
  static let style = """
    * { box-sizing: border-box; }
    body { margin: 0 auto; padding: 1rem; max-width: 90rem; font: 1rem/1.5 system-ui, sans-serif;
      background: #f6f6f4; color: #1c1c1a; }
    a { color: #1a5a96; }
    a:focus-visible, summary:focus-visible { outline: 3px solid #1a5a96; outline-offset: 2px; }
    .skip { position: absolute; left: -99rem; }
    .skip:focus { position: static; }
    h1 { font-size: 1.6rem; line-height: 1.2; margin: 0.5rem 0; }
    h2 { font-size: 1rem; margin: 0; }
    h2, .name, li, .damage { overflow-wrap: anywhere; }
    h2 a { color: inherit; text-decoration: none; }
    h2 a:hover { text-decoration: underline; }
    header p { max-width: 48rem; margin: 0.5rem 0; }
    .small, thead th { color: #5c5c58; font-size: 0.875rem; }
    main { display: grid; gap: 1rem; margin: 1rem 0; align-items: start;
      grid-template-columns: repeat(auto-fill, minmax(min(100%, 24rem), 1fr)); }
    article { background: #fff; border: 1px solid #d8d8d2; border-radius: 0.5rem; padding: 0.75rem; }
    article:target { border-color: #1a5a96; box-shadow: 0 0 0 2px #1a5a96; }
    .verdict { margin: 0.25rem 0 0.5rem; }
    .verdict strong { font-size: 1.25rem; }
    .damage { margin: 0.25rem 0; }
    .pair { display: grid; grid-template-columns: 1fr 1fr; gap: 0.5rem; }
    .pair a { display: block; }
    .pair img { display: block; width: 100%; height: auto; max-height: 16rem; object-fit: contain; }
    table { width: 100%; border-collapse: collapse; margin: 0.5rem 0;
      font-variant-numeric: tabular-nums; }
    th, td { text-align: left; font-weight: normal; padding: 0.15rem 0.5rem 0.15rem 0;
      border-bottom: 1px solid #d8d8d2; }
    .share { display: inline-block; min-width: 3.75em; }
    meter { width: 4rem; max-width: 100%; height: 0.8rem; vertical-align: middle; }
    @media (prefers-color-scheme: dark) {
      body { background: #161614; color: #ecece6; }
      a { color: #8fc1ee; }
      a:focus-visible, summary:focus-visible { outline-color: #8fc1ee; }
      .small, thead th { color: #a9a9a2; }
      article { background: #222220; }
      article, th, td { border-color: #3c3c38; }
      article:target { border-color: #8fc1ee; box-shadow: 0 0 0 2px #8fc1ee; }
    }
    """
}

import { cutTokens, tokensOf } from '../views/shared/code';
import { bundleOf, mediaTypeOf } from '../views/shared/media';

describe('tokensOf', () => {
  it('splits coloured code into lines and keeps its classes', () => {
    const host = document.createElement('div');
    host.innerHTML = 'x = <span class="s">"a\nb"</span>\n';
    expect(tokensOf(host)).toEqual([
      [
        { text: 'x = ', className: '' },
        { text: '"a', className: 's' }
      ],
      [{ text: 'b"', className: 's' }],
      []
    ]);
  });
});

describe('cutTokens', () => {
  it('cuts where changed parts begin and end', () => {
    const cut = cutTokens(
      [
        { text: 'rate', className: 'v' },
        { text: ' = 0.1', className: '' }
      ],
      [
        { text: 'rate = ', changed: false },
        { text: '0.1', changed: true }
      ]
    );
    expect(cut).toEqual([
      { text: 'rate', className: 'v', changed: false },
      { text: ' = ', className: '', changed: false },
      { text: '0.1', className: '', changed: true }
    ]);
  });
});

describe('bundleOf', () => {
  it.each([
    [
      { output_type: 'stream', name: 'stdout', text: ['a', 'b'] },
      { 'application/vnd.jupyter.stdout': 'ab' }
    ],
    [
      { output_type: 'error', ename: 'E', evalue: 'v', traceback: [] },
      { 'application/vnd.jupyter.stderr': 'E: v' }
    ],
    [
      {
        output_type: 'display_data',
        data: { 'text/html': ['<b>', '</b>'], 'application/json': ['x'] }
      },
      { 'text/html': '<b></b>', 'application/json': ['x'] }
    ]
  ])('%j', (output, bundle) => {
    expect(bundleOf(output)).toEqual(bundle);
  });
});

describe('mediaTypeOf', () => {
  it.each([
    ['run.ipynb', 'application/json', 'application/x-ipynb+json'],
    ['a/plot.PNG', '', 'image/png'],
    ['notes.md', 'text/plain', 'text/markdown'],
    ['odd.bin', 'image/webp', 'image/webp'],
    ['unknown', '', '']
  ])('%s recorded as %p is %s', (path, media_type, type) => {
    expect(mediaTypeOf({ path, sha256: '', size: 1, media_type })).toBe(type);
  });
});

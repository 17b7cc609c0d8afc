"""Writes tiny-stored.npz and tiny-mixed.npz: a small MUSIQ with official names and golden parameter values."""
import sys, pathlib
sys.path.insert(0, str(pathlib.Path(__file__).parent.parent / 'golden'))
import numpy as np
import formulas
here = pathlib.Path(__file__).parent

def shapes(dim=8, heads=2, mlp=16, layers=2, grid=3, scales=3, stem=32, wide=32, side=2, outputs=1):
    S = formulas.shapes(outputs, layers, dim, mlp, heads, grid, scales)
    S['conv_root/kernel'] = (7, 7, 3, stem)
    u = 'block1/unit1/'
    for n, sh in (('conv1', (1, 1, stem, stem)), ('conv2', (3, 3, stem, stem)), ('conv3', (1, 1, stem, wide)),
                  ('conv_proj', (1, 1, stem, wide))): S[u + n + '/kernel'] = sh
    for n, c in (('gn_root', stem), (u + 'gn1', stem), (u + 'gn2', stem), (u + 'gn3', wide), (u + 'gn_proj', wide)):
        S[n + '/scale'] = S[n + '/bias'] = (1, 1, 1, c)
    S['embedding/kernel'] = (side * side * wide, dim)
    return S

def bfloat16(x): return (np.ascontiguousarray(x).view(np.uint32) >> 16).astype(np.uint16).view('V2')

P = {k: formulas.parameter(k, s) for k, s in shapes().items()}
np.savez(here / 'tiny-stored.npz', **{'opt/target/' + k: v for k, v in P.items()})

# Every type that is read, deflated, in company that has to be ignored.
M = {}
for k, v in P.items():
    if k.endswith('conv2/kernel') or k == 'conv_root/kernel': v = bfloat16(v)
    elif k == 'head/kernel': v = v.astype(np.float64)
    elif k == 'Transformer/cls': v = v.astype(np.float16)
    elif k == 'gn_root/scale': v = np.arange(32, dtype=np.int32).reshape(v.shape) - 16
    elif k == 'gn_root/bias': v = np.arange(32, dtype=np.int64).reshape(v.shape) * 3
    elif k == 'embedding/bias': v = np.arange(8, dtype=np.uint8) * 30
    elif k == 'Transformer/encoder_norm/scale': v = np.arange(8) % 3 == 0
    M['opt/target/' + k] = v
M['opt/state/step'] = np.int32(1200)
M['opt/state/param_states/head/kernel/momentum'] = bfloat16(P['head/kernel'])
M['extra/accum_train_time'] = np.float64(3.5)
M['extra/notes'] = np.array([{'never': 'unpickled'}], dtype=object)
M['something/else'] = np.zeros((2, 3), '>f4')
np.savez_compressed(here / 'tiny-mixed.npz', **M)

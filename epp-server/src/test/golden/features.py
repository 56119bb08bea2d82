"""Single features of the language, each a template of its own."""

import oracle

VARIABLES = {
    "s": "Hello, World",
    "u": "h\u00e9llo \U0001F600 w\u00f6rld \u4f60\u597d",
    "w": "  \t padded\u00a0\n ",
    "lines": "one\ntwo\n\n  three\r\nfour",
    "q": "it's \"quoted\" \\ back",
    "html": "<a href='x'>&</a>",
    "e": "",
    "n": 42,
    "z": 0,
    "neg": -7,
    "f": 3.75,
    "big": 12345678901234567890123,
    "t": True,
    "fa": False,
    "no": None,
    "l": [3, 1, 2],
    "ls": ["b", "A", "c", "a"],
    "mixed": [1, 2.5, "x", None, True, [1, "y"], {"k": "v"}],
    "d": {"b": 1, "a": 2, "C": 3},
    "nested": {"x": {"y": [{"z": "deep"}]}, "items": "shadowed", "text": "plain"},
    "users": [
        {"name": "Ann", "age": 30, "city": "Rome", "active": True},
        {"name": "bob", "age": 25, "city": "Oslo", "active": False},
        {"name": "Cid", "age": 30, "city": "rome", "active": True},
    ],
    "el": [],
    "ed": {},
    "tree": [{"v": 1, "c": [{"v": 2, "c": []}, {"v": 3, "c": [{"v": 4, "c": []}]}]}],
}

EXPRESSIONS = r"""
s
n
f
t
no
l
mixed
d
nested
missing
1.0
1e3
1e16
123456789012345678.0
1.5e-7
0.1 + 0.2
1/3
10/2
7//2
-7//2
7%3
-7%3
7.5//2
-7.5%2
2**10
2**-1
2**0.5
2**100
big
big + 1
big * big
-big
1_000
0x1f
0b101
0o17
"a" "b"
'it''s'
"tab\tnl\n"
"\u00e9\x41\101"
"\q\/"
u
u|length
u[0]
u[6]
u[7]
u[-1]
u[::-1]
u[2:8]
u[-4:]
u[:-3:2]
u[100]
u[5:2]
s[1:4]
s[::2]
s[::-2]
s[-1]
s[:-1]
s[20:]
s['x']
s.nothing
s.upper
l[0]
l[-1]
l[5]
l[-5]
l[1:]
l[::-1]
l[:2]
l[10:]
l[::2]
l['a']
l.nothing
(1,2,3)
(1,)
()
(1,2)[0]
(1,2)[::-1]
[1,2][true]
d['a']
d.a
d['nope']
d.nope
d[1]
d.nope.deeper
no.anything
no['anything']
n.anything
missing.anything
missing['anything']
nested.x.y[0].z
nested['x']['y'][0]['z']
nested.items
nested['items']
nested.items is string
nested['keys'] is defined
d.get('a')
d.get('q')
d.get('q', 'dflt')
d.items()
d.keys()
d.values()
d.items()|list
d.keys()|list
d.copy()
d.update({'x': 1})
d.pop('a')
l.append(4)
l.pop()
l.index(2)
l.index(9)
l.count(1)
l.copy()
d.clear is defined
{'a': 1, 'b': [1, 2]}
{1: 'one', 2.5: 'x', none: 'n', true: 't'}
{1: 'one'}[1.0]
{1: 'one'}[true]
{'a': 1, 'a': 2}
{'x': 1}|tojson
[1, 'a', none, true, 2.5]|tojson
u|tojson
q|tojson
html|tojson
nested|tojson
nested|tojson(indent=2)
mixed|tojson(indent=4)
el|tojson(indent=2)
ed|tojson
d|tojson(sort_keys=true)
d|tojson(separators=(',', ':'))
u|tojson(ensure_ascii=true)
[[], {}]|tojson(indent=1)
missing|tojson
(1,2)|tojson
{1: 2, none: 3, true: 4, 1.5: 5}|tojson
{(1,2): 3}|tojson
"\u007f\u0001\u2028"|tojson
1e400|tojson
range(3)|tojson
l|map('string')|tojson
d.items()|tojson
html|e|tojson
q
[q]
[html, u]
["\u00ad\u200b\u0007\x7f"]
["'", '"', "'\""]
1 == 1.0
true == 1
'1' == 1
[1,2] == [1,2]
(1,2) == [1,2]
{'a':1} == {'a':1.0}
none == false
missing == missing
missing == none
1 < 2 < 3
1 < 3 < 2
3 > 2 >= 2
'a' < 'b'
'a' < 'B'
'a' < 1
[1,2] < [1,3]
[1,2] < [1]
none < 1
missing < 1
"\uffff" < "\U0001F600"
'ell' in s
'' in s
1 in s
2 in l
9 in l
'a' in d
'q' not in d
1 not in l
[1] in [[1]]
'a' in none
'a' in missing
missing in [missing]
not t
not e
not missing
not x is defined
not s is defined
t and 'yes'
e and 'yes'
e or 'no'
no or missing or 'last'
t and fa or 'z'
'yes' if t else 'no'
'yes' if e else 'no'
'yes' if e
('yes' if e) is undefined
'a' if e else 'b' if no else 'c'
1 + 2 * 3
(1 + 2) * 3
-2 ** 2
2 ** 3 ** 2
10 - 3 - 2
100 / 10 / 2
-n
+n
--n
-s
s + 'x'
s + 1
1 + s
l + [4]
l + (4,)
(1,) + (2,)
s * 2
2 * 'ab'
l * 2
s * -1
'a' * 2.0
s ~ n ~ no ~ t ~ 1.0 ~ missing
'x' ~ l
1 - true
true + true
5 % 0
5 / 0
5 // 0
5.0 / 0
missing + 1
1 + missing
'a' + missing
[1] + missing
-missing
missing()
s()
no()
n|abs
neg|abs
(-2.5)|abs
s|abs
s|upper
s|lower
s|title
'hello wORLD-foo (bar) <baz'|title
"they're bill's friends"|title
"they're bill's friends".title()
s|capitalize
'\u00dfeta'|capitalize
'\u00dfeta'.title()
'\u00dfeta'.upper()
'\u0130x'.lower()
'\u01c6abc'|capitalize
e|capitalize
s|length
l|length
d|length
n|length
missing|length
no|length
l|count
s|first
s|last
l|first
l|last
el|first
el|last
el|first is undefined
d|first
d|last
missing|first
missing|last
u|last
w|trim
w|trim|length
'xxhixx'|trim('x')
'xyhiyx'|trim('xy')
w.strip()
w.lstrip()
w.rstrip()
'xxhixx'.strip('x')
'xxhixx'.lstrip('x')
'xxhixx'.rstrip('x')
'xxhixx'.strip('')
'xxhixx'.strip(none)
'abc'.strip(1)
s|replace('l', 'L')
s|replace('l', 'L', 2)
s|replace('', '-')
'\U0001F600a'|replace('', '-')
n|replace('4', 'x')
s.replace('l', 'L')
s.replace('l', 'L', 1)
s.replace('', '-', 2)
s.split(',')
s.split()
s.split('l')
s.split('l', 1)
s.split(',', maxsplit=1)
s.rsplit('l', 1)
w.split()
' a  b c '.split(none, 1)
' a  b c '.rsplit(none, 1)
'a,b,,c,'.split(',')
''.split(',')
''.split()
'aaa'.split('aa')
'aaa'.rsplit('aa')
'x'.split('')
s.partition(', ')
s.rpartition('l')
s.partition('zzz')
s.rpartition('zzz')
lines.splitlines()
lines.splitlines(true)
lines|length
s.startswith('Hell')
s.startswith(('x', 'He'))
s.startswith('ello', 1)
s.startswith('ell', 1, 3)
s.endswith('World')
s.endswith(('a', 'd'))
s.startswith(['H'])
s.find('l')
s.find('zz')
s.rfind('l')
s.index('W')
s.index('zz')
s.rindex('o')
u.find('w')
u.index('w')
s.count('l')
s.count('')
s.count('l', 4)
u.count('')
s.upper()
s.lower()
s.swapcase()
s.casefold()
s.capitalize()
s.title()
s.center(20, '*')
'ab'.center(5)
'abc'.center(6, '.')
'ab'|center(7)
s.ljust(15) ~ '|'
s.rjust(15, '.')
'42'.zfill(5)
'-42'.zfill(5)
'a\tb'.expandtabs()
'a\tb'.expandtabs(4)
s.removeprefix('Hello')
s.removesuffix('World')
'abc'.isalpha()
'ab1'.isalpha()
'ab1'.isalnum()
'123'.isdigit()
'\u00b2'.isdigit()
'\u00b2'.isdecimal()
'\u00bd'.isnumeric()
' \t'.isspace()
''.isspace()
'abc'.islower()
'ABC'.isupper()
'A1'.isupper()
'Ab Cd'.istitle()
'abc_1'.isidentifier()
'1a'.isidentifier()
'abc'.isascii()
u.isascii()
'a\n'.isprintable()
', '.join(ls)
', '.join(l)
'-'.join('abc')
'-'.join(d)
'{} and {}'.format('a', 1)
'{1} {0}'.format('a', 'b')
'{x} {y[0]} {z.name}'.format(x=1, y=[2], z={'name': 'q'})
'{:>8}|{:<8}|{:^8}|'.format('a', 'b', 'c')
'{:*^9}'.format('mid')
'{:05d} {:+d} {:,}'.format(42, 7, 1234567)
'{:.2f} {:e} {:g} {:%}'.format(3.14159, 12345.678, 0.00001234, 0.256)
'{:x} {:X} {:o} {:b} {:#x}'.format(255, 255, 8, 5, 255)
'{!r} {!s}'.format('a', 'b')
'{{}} {}'.format(1)
'{:{}}'.format('a', 5)
'{'.format(1)
'{}'.format()
'{a}'.format(b=1)
'{:.3}'.format('abcdef')
'{:10.2f}|'.format(2.5)
'{:s}'.format(1)
'{:d}'.format('a')
'{}'.format(none)
'{:>5}'.format(none)
'%s is %d years' % ('Ann', 30)
'%s' % 'x'
'%s' % none
'%s' % l
'%s' % (l,)
'%r %s' % ('a', 'b')
'%5d|%-5d|%05d' % (42, 42, 42)
'%5s|%-5s|%.2s' % ('ab', 'ab', 'abc')
'%.3f %e %g' % (3.14159, 1234.5, 0.0001)
'%x %X %o %#x' % (255, 255, 8, 255)
'%+d % d' % (5, 5)
'%%' % ()
'%(a)s %(b)d' % {'a': 1, 'b': 2}
'%d' % 'x'
'%d' % 3.9
'%s %s' % ('a',)
'%s' % ('a', 'b')
'%c%c' % (65, 'b')
'%s' % missing
'100%' % ()
"%s-%s"|format("a", "b")
"%(x)s"|format(x=1)
l|join
l|join(', ')
ls|join('|')
users|join(', ', attribute='name')
el|join(',')
missing|join(',')
mixed|join('/')
s|list
l|list
d|list
u|list
missing|list
no|list
n|list
l|sort
l|sort(reverse=true)
ls|sort
ls|sort(case_sensitive=true)
users|sort(attribute='age')|map(attribute='name')|list
users|sort(attribute='age,name', reverse=true)|map(attribute='name')|list
mixed|sort
d|dictsort
d|dictsort(true)
d|dictsort(by='value')
d|dictsort(reverse=true)
d|dictsort(false, 'value', true)
ls|unique|list
['a', 'A', 'b', 'a']|unique|list
['a', 'A']|unique(case_sensitive=true)|list
users|unique(attribute='age')|map(attribute='name')|list
[[1],[1]]|unique|list
l|reverse|list
s|reverse
u|reverse
d|reverse|list
l|map('string')|reverse
missing|reverse
n|reverse
l|min
l|max
ls|min
ls|max
el|min
users|max(attribute='age')
l|sum
[0.1, 0.2]|sum
users|sum(attribute='age')
[[1],[2]]|sum(start=[])
ls|sum
l|batch(2)|list
l|batch(2, 'x')|list
l|slice(2)|list
l|slice(2, 'x')|list
users|groupby('city')|list
users|groupby('city', case_sensitive=true)|map(attribute='grouper')|list
users|groupby('age')|map(attribute='list')|map('length')|list
users|map(attribute='name')|list
users|map(attribute='nope')|list
users|map(attribute='nope', default='-')|list
users|map(attribute='name')|map('upper')|list
ls|map('replace', 'a', 'x')|list
l|map('string')|join
l|map|list
l|map('nofilter')|list
nested.x.y|map(attribute='z')|first
users|selectattr('active')|map(attribute='name')|list
users|rejectattr('active')|map(attribute='name')|list
users|selectattr('age', 'gt', 26)|map(attribute='name')|list
users|selectattr('city', 'equalto', 'Rome')|map(attribute='name')|list
users|selectattr('nope', 'defined')|list
users|rejectattr('name', 'in', ['Ann'])|map(attribute='name')|list
l|select('odd')|list
l|reject('odd')|list
l|select('>', 1)|list
mixed|select('string')|list
mixed|select|list
el|select('odd')|list
l|select('odd') is defined
(l|select('gt', 100)) is sameas true
'yes' if l|select('gt', 100) else 'no'
'yes' if l|select('gt', 100)|list else 'no'
l|select('odd')|length
(l|select('odd'))[0]
'abc'|attr('upper') is callable
d|attr('a')
nested|attr('items') is callable
missing|default('x')
missing|d('x')
no|default('x')
e|default('x')
e|default('x', true)
no|default('x', true)
no|default('x', boolean=true)
missing|default
d.q|default('none')
'42'|int
'42.7'|int
'x'|int
'x'|int(-1)
'0x1f'|int(base=16)
'0x1f'|int(0, 16)
'1f'|int(0, 16)
'101'|int(0, 2)
' 12 '|int
'1_000'|int
'-5'|int
3.99|int
-3.99|int
true|int
no|int
l|int
missing|int
1e400|int
'inf'|int(7)
'3.5'|float
'x'|float
'x'|float(1.5)
'1e3'|float
' .5 '|float
'nan'|float
'-inf'|float
5|float
no|float
2.5|round
3.5|round
-2.5|round
2.675|round(2)
42|round
42.55|round(1, 'floor')
42.51|round(1, 'ceil')
1234|round(-2)
1250|round(-2)
1350|round(-2)
1234.5|round(-2)
5.015|round(2)|string
n|string
f|string
l|string
no|string
missing|string
u|wordcount
s|wordcount
'a-b c_d'|wordcount
lines|indent
lines|indent(2, true)
lines|indent(2, blank=true)
lines|indent('> ')
'a\nb'|indent(width=3)
'a\n'|indent
n|indent
'a long text that is cut somewhere'|truncate(12)
'a long text that is cut somewhere'|truncate(12, true)
'a long text that is cut somewhere'|truncate(12, false, '..', 0)
'short'|truncate(3)
'short text'|truncate(5, true, '')
html|e
html|escape
html|safe
html|e|e
html|forceescape
html|e|forceescape
(html|safe) + '<'
'<' + (html|safe)
(html|safe) ~ '<'
('%s'|safe) % '<'
('{}'|safe).format('<')
(html|safe)|upper
(' <x> '|safe)|trim
('<'|safe) * 2
['<'|safe]
(html|safe) is string
(html|safe) is escaped
html is escaped
('<'|safe).join(['<', 'a'])
('<a>'|safe).replace('a', '<')
('a,b'|safe).split(',')
'<'|safe == '<'
d|items|list
d|items
missing|items|list
l|items|list
n is number
f is float
n is integer
t is integer
t is number
t is boolean
s is string
n is string
l is iterable
s is iterable
n is iterable
d is mapping
l is mapping
l is sequence
s is sequence
d is sequence
n is sequence
d.items() is sequence
range(3) is sequence
missing is sequence
missing is iterable
missing is callable
missing is mapping
missing is none
no is none
e is none
s is defined
missing is defined
d.q is defined
missing is undefined
n is odd
n is even
neg is odd
3.0 is odd
s is odd
n is divisibleby 7
n is divisibleby(5)
n is eq 42
n is equalto 42
n is ne 41
n is gt 41
n is greaterthan 50
n is ge 42
n is lt 43
n is lessthan 1
n is le 42
n is == 42
'a' is in 'abc'
2 is in l
2 is in(l)
2 is not in l
'HI' is upper
'hi' is lower
'Hi' is upper
t is true
1 is true
fa is false
0 is false
t is sameas true
no is sameas none
1 is sameas true
1 is sameas 1.0
[] is sameas []
'upper' is filter
'nofilter' is filter
'odd' is test
range is callable
s.upper is callable
s is callable
n is not odd
s is not defined
not s is string
s is string and n is number
s is string or missing.boom
t is boolean is true
range(5)
range(5)|list
range(2, 8, 3)|list
range(5, 0, -2)|list
range(3)[1]
range(3)[-1]
range(3)[7]
range(10)[2:5]
range(10)[2:5]|list
range(3)|length
range(3) == range(0, 3)
2 in range(3)
range(0)|list
range(1, 2, 0)
range(100001)|length
range(100000)|length
range('a')
range()
range(1,2,3,4)
dict(a=1, b=2)
dict({'x': 1}, y=2)
dict([('a', 1), ('b', 2)])
dict(1)
namespace(a=1).a
namespace(a=1).b
namespace({'a': 1}, b=2).b
namespace(a=1)
namespace(x=l|length - 1).x
joiner('|')()
cycler('a', 'b').next()
cycler('a', 'b').current
cycler()
raise_exception('boom')
strftime_now('%d %b %Y')
strftime_now('%Y-%m-%d %H:%M:%S %j %A %a %B %p %I %y %%')
strftime_now is defined
raise_exception is defined
lipsum is defined
{'a': {'b': 1}}.a.b
{'a': 1}['a']
[1, [2, 3]][1][0]
[x for x in l]
(l|length) - 1
l|length - 1
-1|abs
n|string|length
s|upper|lower|title
s | replace ( 'l' , 'x' ) | upper
l.0
l.1
d.a.b
s.split(', ')[1].upper()
s.split(',')|map('trim')|list
(s.split(',')|last).strip()
users[0]['name']
users[0].name
users[-1].name
users|length > 2 and users[0].name == 'Ann'
{'k': '}}'}['k']
'{{' ~ '}}'
'{%' ~ '%}'
{'a': {'b': {'c': 1}}}
l == [3, 1, 2]
1 if l else 2
l is defined and l|length
(missing or 'x')
(missing and 'x')
missing ~ 'x'
missing if false
missing|upper
missing|trim
missing.x is defined
missing[0]
missing|e
missing|replace('a', 'b')
no|upper
n|upper
no ~ ''
[missing]
{'a': missing}
none
None
True
true
false
False
nan
'nan'|float == 'nan'|float
1e22
1e21
123456789.123456789
100.0
1e15
1e-4
0.00001
-0.0
1.10
5e-324
1.7976931348623157e308
3.0 * 2
7 / 2.0
2 * 0.5
10 ** -2
10.0 ** 3
1 // 0.3
1 % 0.3
1000000 * 1000000
9223372036854775807 + 1
-9223372036854775808 - 1
9223372036854775807 * 2
(2**64) // 3
(2**64) % 1000
(2**64) / 3
2**64 == 18446744073709551616
2**53 + 1 == 2.0**53
s.__class__
s.__class__.__mro__
d.__init__
''.__len__
s._private
d['__x']
s.encode
s.format_map({'a': 1})
'{a}'.format_map({'a': 1})
'a' 'b' ~ 'c'
(1, 2) ~ ''
[1,2,3][0:2][1]
'abc'[1:][0]
'abc'[5:] == ''
'a,b'.split(',')[1]
l|sort|first
l|sort|last
ls|sort|join
(l|sort)[0]
d|length + 1
d|list|sort|join(',')
d.items()|map('first')|list
d.items()|map('last')|sum
d.items()|sort|list
d.values()|sum
d.keys()|join
d.items()[0]
d.keys()[0]
d.items()|length
d.items()|first
d == d.copy()
1 in d.values()
('a', 2) in d.items()
""".strip("\n").split("\n")

TEMPLATES = [
    "a{{ 1 }}b",
    "  {% if true %}\nx\n  {% endif %}\ny",
    "  {%- if true -%}\n  x\n  {%- endif -%}\n  y",
    "a\n  {%+ if true %}x{% endif %}\nb",
    "a {% if true +%}\nx{% endif %}\nb",
    "a\n{% if true %}\n\nx{% endif %}\n\nb",
    "a {{- ' b ' -}} c",
    "a\n{{- 'b' -}}\nc",
    "a\n  {{ 'b' }}\n  c",
    "{# comment #}a{#- c -#} b",
    "a\n  {# comment #}\nb",
    "a\n  {#- comment -#}\nb",
    "x {# {{ not.run }} {% nor %} #} y",
    "{% raw %}{{ x }} {% if %}{% endraw %}",
    "a\n  {%- raw -%}  {{ x }}  {%- endraw -%}  b",
    "a\n  {% raw %}\n  {{ x }}\n  {% endraw %}\nb",
    "trailing newline\n",
    "two newlines\n\n",
    "crlf\r\nx\r\n{% if true %}\r\ny{% endif %}\r\n",
    "{{ 'a\r\nb' }}",
    "",
    "\n",
    "{",
    "{ {",
    "}} %} #}",
    "{{ '{{' }}{{ '%}' }}",
    "{% if s %}A{% elif n %}B{% else %}C{% endif %}",
    "{% if e %}A{% elif n %}B{% else %}C{% endif %}",
    "{% if e %}A{% elif z %}B{% else %}C{% endif %}",
    "{% if e %}A{% elif z %}B{% elif l %}D{% endif %}",
    "{% for x in l %}{{ x }},{% endfor %}",
    "{% for x in l %}{{ loop.index }}{{ loop.index0 }}{{ loop.revindex }}{{ loop.revindex0 }}{{ loop.first }}{{ loop.last }}{{ loop.length }};{% endfor %}",
    "{% for x in l %}{{ loop.previtem }}-{{ loop.nextitem }};{% endfor %}",
    "{% for x in l %}{{ loop.previtem is defined }}{{ loop.nextitem is defined }};{% endfor %}",
    "{% for x in l %}{{ loop.cycle('a', 'b') }}{% endfor %}",
    "{% for x in [1,1,2] %}{{ loop.changed(x) }}{% endfor %}",
    "{% for x in l %}{{ loop.depth }}{{ loop.depth0 }}{{ loop }}{% endfor %}",
    "{% for x in l %}{{ loop.nope }}{% endfor %}",
    "{% for x in el %}a{% else %}empty{% endfor %}",
    "{% for x in l %}a{% else %}empty{% endfor %}",
    "{% for x in missing %}a{% else %}empty{% endfor %}",
    "{% for x in no %}a{% endfor %}",
    "{% for x in n %}a{% endfor %}",
    "{% for x in l if x > 1 %}{{ x }}{{ loop.index }}{{ loop.last }};{% endfor %}",
    "{% for x in l if x > 5 %}{{ x }}{% else %}none{% endfor %}",
    "{% for x in l if loop.index > 1 %}{{ x }}{% endfor %}",
    "{% for x in l if x is odd %}{{ loop.length }}{% endfor %}",
    "{% for c in u %}[{{ c }}]{% endfor %}",
    "{% for k in d %}{{ k }}{% endfor %}",
    "{% for k, v in d.items() %}{{ k }}={{ v }};{% endfor %}",
    "{% for k, v in d|items %}{{ k }}={{ v }};{% endfor %}",
    "{% for k, v in d|dictsort %}{{ loop.index }}{{ k }}={{ v }};{% endfor %}",
    "{% for a, b in [[1, 2], [3, 4]] %}{{ a }}{{ b }};{% endfor %}",
    "{% for a, (b, c) in [[1, [2, 3]]] %}{{ a }}{{ b }}{{ c }}{% endfor %}",
    "{% for a, b in [[1, 2, 3]] %}{{ a }}{% endfor %}",
    "{% for a, b in [1] %}{{ a }}{% endfor %}",
    "{% for x in l %}{% if x == 1 %}{% continue %}{% endif %}{{ x }}{% endfor %}",
    "{% for x in l %}{% if x == 1 %}{% break %}{% endif %}{{ x }}{% endfor %}",
    "{% for x in l %}{% break %}{% else %}E{% endfor %}",
    "{% for x in l %}{% continue %}{% else %}E{% endfor %}",
    "{% for x in l %}{% for y in l %}{% if y == 1 %}{% break %}{% endif %}{{ x }}{{ y }} {% endfor %}{% endfor %}",
    "{% for x in l %}{{ loop.index }}{% for y in ls %}{{ loop.index }}{% endfor %}{{ loop.index }};{% endfor %}",
    "{% for x in l %}{% set outer = loop %}{% for y in ls %}{{ outer.index }}{{ loop.index }} {% endfor %}{% endfor %}",
    "{% for n in tree recursive %}{{ n.v }}{% if n.c %}({{ loop(n.c) }}){% endif %}{{ loop.depth }}{% endfor %}",
    "{% for n in tree recursive %}{{ n.v }}{{ loop(n.c) }}{% else %}.{% endfor %}",
    "{% for x in l %}{{ loop(x) }}{% endfor %}",
    "{% for loop in l %}{% endfor %}",
    "{% for x in l %}{% set loop = 1 %}{% endfor %}",
    "{% for x in range(3) %}{{ x }}{% endfor %}",
    "{% for x in 1, 2, 3 %}{{ x }}{% endfor %}",
    "{% for x in (1, 2) %}{{ x }}{% endfor %}",
    "{% for x in l|sort %}{{ x }}{% endfor %}",
    "{% for x in l[1:] %}{{ x }}{% endfor %}",
    "{% for x in users|selectattr('active') %}{{ x.name }}{{ loop.last }}{{ loop.length }}{% endfor %}",
    "{% for g in users|groupby('city') %}{{ g.grouper }}:{{ g.list|length }};{% endfor %}",
    "{% for c, us in users|groupby('city') %}{{ c }}:{{ us|map(attribute='name')|join(',') }};{% endfor %}",
    "{% for row in [1,2,3,4,5]|batch(2, 0) %}{{ row|join('-') }};{% endfor %}",
    "{% set x = 1 %}{{ x }}",
    "{% set x = 1 %}{% for y in l %}{% set x = y %}{% endfor %}{{ x }}",
    "{% set x = 1 %}{% for y in l %}{{ x }}{% set x = y %}{{ x }}{% endfor %}{{ x }}",
    "{% for y in l %}{{ x }}{% set x = y %}{{ x }}{% endfor %}{{ x }}",
    "{% for y in l %}{{ s }}{% set s = y %}{{ s }}{% endfor %}{{ s }}",
    "{% for y in l %}{% set s = y %}{{ s }}{% endfor %}{{ s }}",
    "{% for y in l %}{% if y == 1 %}{% set s = y %}{% endif %}{{ s }};{% endfor %}",
    "{% for y in l %}{{ s }}{% endfor %}{% set s = 5 %}{{ s }}",
    "{{ s }}{% for y in l %}{{ s }}{% endfor %}{% set s = 5 %}{{ s }}",
    "{% if true %}{% set x = 1 %}{% endif %}{{ x }}",
    "{% if false %}{% set x = 1 %}{% endif %}{{ x is defined }}",
    "{% if false %}{% set s = 1 %}{% endif %}{{ s }}",
    "{% if s is not defined %}{% set s = 'new' %}{% endif %}{{ s }}",
    "{% if missing is not defined %}{% set missing = 'new' %}{% endif %}{{ missing }}",
    "{% if false %}{% set s = 1 %}{% else %}{% set s = 2 %}{% endif %}{{ s }}",
    "{% if false %}{% set s = 1 %}{% elif true %}{% set q = 2 %}{% endif %}{{ s }}{{ q }}",
    "{% set a, b = 1, 2 %}{{ a }}{{ b }}",
    "{% set a, b = [1] %}",
    "{% set a = b = 1 %}",
    "{% set x = 1, 2 %}{{ x }}",
    "{% set x = s if t else n %}{{ x }}",
    "{% set x %}block {{ n }}{% endset %}[{{ x }}]",
    "{% set x | upper %}block {{ n }}{% endset %}[{{ x }}]",
    "{% set x | replace('b', 'c') | trim %} block {% endset %}[{{ x }}]",
    "{% set x %}{% set y = 5 %}{{ y }}{% endset %}{{ x }}{{ y is defined }}",
    "{% set ns = namespace(x=1) %}{% for y in l %}{% set ns.x = ns.x + y %}{% endfor %}{{ ns.x }}",
    "{% set ns = namespace(found=false) %}{% for y in l %}{% if y == 1 %}{% set ns.found = true %}{% endif %}{% endfor %}{{ ns.found }}",
    "{% set ns = namespace() %}{% set ns.a = 1 %}{% set ns.b, c = 2, 3 %}{{ ns.a }}{{ ns.b }}{{ c }}{{ ns }}",
    "{% set d.x = 1 %}",
    "{% set missing.x = 1 %}",
    "{% set ns = namespace(l=[]) %}{% for x in l %}{% set ns.l = ns.l + [x * 2] %}{% endfor %}{{ ns.l }}",
    "{% set ns = namespace(x='') %}{% set ns.x %}block{% endset %}{{ ns.x }}",
    "{% set ns = namespace(a=1) %}{{ ns['a'] }}{{ ns['b'] is defined }}{{ ns.items is defined }}",
    "{% macro m(a, b='x') %}{{ a }}{{ b }}{% endmacro %}{{ m(1) }}{{ m(1, 2) }}{{ m(b=3, a=4) }}{{ m() }}",
    "{% macro m(a) %}{{ a }}{% endmacro %}{{ m(1, 2) }}",
    "{% macro m(a) %}{{ a }}{% endmacro %}{{ m(1, c=2) }}",
    "{% macro m(a) %}{{ a is defined }}{{ a }}{% endmacro %}{{ m() }}",
    "{% macro m(a, b=a) %}{{ a }}{{ b }}{% endmacro %}{{ m(1) }}",
    "{% macro m() %}{{ varargs }}{{ kwargs }}{% endmacro %}{{ m(1, 2, x=3) }}",
    "{% macro m(a) %}{{ a }}{{ varargs }}{% endmacro %}{{ m(1, 2, 3) }}",
    "{% macro m(a) %}{{ kwargs }}{% endmacro %}{{ m(1, z=3, y=2) }}",
    "{% macro m(x) %}{{ x }}{{ caller() }}{% endmacro %}{% call m(1) %}body{% endcall %}",
    "{% macro m(x) %}{{ caller(x, 2) }}{% endmacro %}{% call(a, b=3) m(1) %}{{ a }}{{ b }}{% endcall %}",
    "{% macro m(x) %}{{ x }}{% endmacro %}{% call m(1) %}body{% endcall %}",
    "{% macro m(x) %}{{ caller() }}{% endmacro %}{{ m(1) }}",
    "{% macro m(x) %}{% if caller is defined %}{{ caller() }}{% else %}none{% endif %}{% endmacro %}{{ m(1) }}",
    "{% macro m(n) %}{% if n > 0 %}{{ n }}{{ m(n - 1) }}{% endif %}{% endmacro %}{{ m(3) }}",
    "{% macro a() %}A{{ b() }}{% endmacro %}{% macro b() %}B{% endmacro %}{{ a() }}",
    "{% set x = 1 %}{% macro m() %}{{ x }}{% endmacro %}{% set x = 2 %}{{ m() }}",
    "{% macro m() %}{{ later }}{% endmacro %}{% set later = 2 %}{{ m() }}",
    "{% macro m() %}{% set x = 5 %}{{ x }}{% endmacro %}{{ m() }}{{ x is defined }}",
    "{% macro m() %}{{ s }}{% endmacro %}{{ m() }}",
    "{% for x in l %}{% macro m() %}{{ x }}{% endmacro %}{{ m() }}{% endfor %}",
    "{% for x in l %}{{ m is defined }}{% macro m() %}{{ x }}{% endmacro %}{% endfor %}",
    "{% if true %}{% macro m() %}M{% endmacro %}{% endif %}{{ m() }}",
    "{% macro m() %}  x  {% endmacro %}[{{ m()|trim }}]{{ m() is string }}{{ m is callable }}",
    "{% macro m(a, b) %}{% endmacro %}{{ m.name }}{{ m.arguments }}{{ m.catch_kwargs }}{{ m.catch_varargs }}{{ m.caller }}{{ m }}",
    "{% macro m(a, b=1, c) %}{% endmacro %}",
    "{% macro m(caller) %}{{ caller() }}{% endmacro %}",
    "{% macro m(caller=none) %}{{ caller }}{% endmacro %}{{ m() }}{% call m() %}x{% endcall %}",
    "{% macro m(l) %}{% for x in l %}{{ x }}{{ loop.index }}{% endfor %}{% endmacro %}{{ m([7, 8]) }}",
    "{{ m() }}{% macro m() %}x{% endmacro %}",
    "{% macro m(x) %}{{ x }}{% endmacro %}{{ ls|map('upper')|map('lower')|join }}{{ m(*[1]) }}{{ m(**{'x': 2}) }}",
    "{{ dict(**{'a': 1}) }}{{ '{}{}'.format(*[1, 2]) }}",
    "{% filter upper %}abc {{ s }}{% endfilter %}",
    "{% filter replace('a', 'b')|upper %}abc{% endfilter %}",
    "{% filter indent(2) %}a\nb{% endfilter %}",
    "{% with x = 1, y = 2 %}{{ x }}{{ y }}{% endwith %}{{ x is defined }}",
    "{% set x = 5 %}{% with x = x + 1 %}{{ x }}{% endwith %}{{ x }}",
    "{% with %}{% set q = 3 %}{{ q }}{% endwith %}{{ q }}",
    "{% with a = 1 %}{% with b = a %}{{ b }}{% endwith %}{% endwith %}",
    "{% print 1, 2 %}",
    "{% generation %}gen {{ s }}{% endgeneration %}",
    "{% generation %}{% set gx = 1 %}{% endgeneration %}{{ gx is defined }}",
    "{% for x in l %}{%- generation -%} {{ x }} {%- endgeneration -%}{% endfor %}",
    "{% set j = joiner(', ') %}{% for x in l %}{{ j() }}{{ x }}{% endfor %}",
    "{% set c = cycler('a', 'b') %}{% for x in l %}{{ c.next() }}{{ c.current }}{% endfor %}{{ c.reset() }}{{ c.current }}",
    "{% set g = l|map('string') %}{{ g|list }}{{ g|list }}",
    "{% set g = l|map('string') %}{% for x in g %}{{ x }}{{ loop.last }}{{ loop.length }}{% endfor %}",
    "{{ raise_exception('no') }}",
    "{% if messages %}{{ raise_exception('x') }}{% endif %}ok",
    "{% if false %}{{ s|nofilter }}{% endif %}ok",
    "{{ s|nofilter }}",
    "{{ s if true else s|nofilter }}",
    "{% if false %}{{ s is notest }}{% endif %}ok",
    "{{ s is notest }}",
    "{% nope %}",
    "{% if %}{% endif %}",
    "{% if true %}",
    "{% endif %}",
    "{% for x in l %}",
    "{{ }}",
    "{{ s",
    "{{ 'unterminated }}",
    "{{ (1 }}",
    "{{ 1) }}",
    "{{ [1, 2 }}",
    "{{ s s }}",
    "{{ 1 + }}",
    "{{ @ }}",
    "{{ a$b }}",
    "{# unterminated",
    "{% raw %}x",
    "{% break %}",
    "{% set 1 = 2 %}",
    "{% set x.y.z = 2 %}",
    "{% if true: %}x{% endif %}",
    "{% for x in l: %}{{ x }}{% endfor %}",
    "{{ {'a': 1}.a }}{{ {'a': {'b': 2}}['a']['b'] }}",
    "{{-1}}{{- 2 -}}{{+3}}",
    "{{ 1if true else 2 }}",
    "{{ not not true }}{{ not true == false }}",
    "{{ 1 in [1] == true }}",
    "{{ 'a' ~ 'b' in 'abc' }}",
    "{{ 2 * 3 ~ 4 + 5 }}",
    "{{ 'x' * 3 ~ 'y' }}",
    "{{ -3|abs }}{{ (-3)|abs }}",
    "{{ 1 is number and 2 is number }}",
    "{{ [1,2,3,] }}{{ {'a':1,} }}{{ (1,) }}{{ range(1,2,) }}",
    "{{ s[0:5:2] }}{{ l[:] }}{{ l[::] }}{{ l[:-1] }}",
    "{{ l[1, 2] }}",
    "{{ l[missing:] }}",
    "{{ l['a':] }}{{ d[1:] }}{{ n[1:] }}",
    "{{ l[::0] }}",
    "{{ true.real }}{{ s.x.y is defined }}",
    "{%- set content = ' x ' -%}{%- if content is string -%}{{ content.strip() }}{%- endif -%}",
    "{%- for message in users -%}\n  {{- '<|' + message['name'] + '|>' -}}\n{%- endfor -%}\n",
    "{% for m in users %}\n{{ m.name }}\n{% endfor %}\nend",
    "{% for m in users -%}\n  {{ m.name }}\n{%- endfor %}\nend",
    "    {% if true %}\n    indented\n    {% else %}\n    no\n    {% endif %}\nend",
    "{{ 'a' }}\n{{ 'b' }}\n",
    "{% set x = 1 -%}\n\n  text",
    "{{ s }}{# c #}\n{{ n }}",
    "{% if true %}{# c #}\nx{% endif %}",
    "\t{% if true %}\tx\t{% endif %}\t",
    "a{% if true %} \n b{% endif %}",
    "x\n\u00a0{% if true %}y{% endif %}",
    "{{ lines }}",
    "{{ 5 }}{{ 5.0 }}{{ true }}{{ none }}{{ [none, true, 1.0] }}",
]

cases = [{"template": "{{ " + e + " }}"} for e in EXPRESSIONS] + [{"template": t} for t in TEMPLATES]
for case in cases:
    case["expected"] = oracle.render(case["template"], VARIABLES)
seen = set()
cases = [c for c in cases if not (c["template"] in seen or seen.add(c["template"]))]
# What shows an address differs from run to run.
cases = [c for c in cases if c["expected"] is None or " at 0x" not in c["expected"]]
oracle.write("features.jsonl", [{"variables": VARIABLES}] + cases)

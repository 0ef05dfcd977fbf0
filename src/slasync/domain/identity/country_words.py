"""Countries by their names in English and German, and how telephone numbers are dialled there.

A careful choice of those that companies in Europe and North America have leads in; a number of any
other country is read where it is written with its country's code.
"""

_TABLE = """
AT 43 0 austria|aut|osterreich
AU 61 0 aus|australia|australien
BE 32 0 bel|belgien|belgique|belgium
BG 359 0 bgr|bulgaria|bulgarien
BR 55 0 bra|brasil|brasilien|brazil
CA 1 1 can|canada|kanada
CH 41 0 che|schweiz|suisse|switzerland
CN 86 0 china|chn|peoples republic of china|volksrepublik china
CY 357 - cyp|cyprus|zypern
CZ 420 - cze|czech republic|czechia|tschechien|tschechische republik
DE 49 0 allemagne|brd|deu|deutschland|ger|germany
DE 49 0 bundesrepublik deutschland|federal republic of germany
DK 45 - danemark|danmark|denmark|dnk
EE 372 - est|estland|estonia
ES 34 - esp|espana|spain|spanien
FI 358 0 fin|finland|finnland|suomi
FR 33 0 fra|france|frankreich
GB 44 0 england|gbr|great britain|scotland|uk|united kingdom|wales
GB 44 0 grossbritannien|vereinigtes konigreich
GR 30 - grc|greece|griechenland
HR 385 0 croatia|hrv|kroatien
HU 36 06 hun|hungary|ungarn
IE 353 0 ireland|irl|irland
IL 972 0 isr|israel
IN 91 0 ind|india|indien
IT 39 - ita|italia|italien|italy
JP 81 0 japan|jpn
KR 82 0 kor|korea|republic of korea|south korea|sudkorea
LI 423 - lie|liechtenstein
LT 370 0 litauen|lithuania|ltu
LU 352 - lux|luxembourg|luxemburg
LV 371 - latvia|lettland|lva
MT 356 - malta|mlt
MX 52 - mex|mexico|mexiko
NL 31 0 holland|nederland|netherlands|niederlande|nld|the netherlands
NO 47 - nor|norge|norway|norwegen
NZ 64 0 neuseeland|new zealand|nzl
PL 48 - pol|poland|polen|polska
PT 351 - portugal|prt
RO 40 0 romania|rou|rumanien
RS 381 0 serbia|serbien|srb
SE 46 0 schweden|sverige|swe|sweden
SG 65 - sgp|singapore|singapur
SI 386 0 slovenia|slowenien|svn
SK 421 0 slovakia|slowakei|svk
TR 90 0 tur|turkei|turkey|turkiye
UA 380 0 ukr|ukraine
US 1 1 america|u s|u s a|united states|united states of america|usa
US 1 1 vereinigte staaten|vereinigte staaten von amerika
ZA 27 0 south africa|sudafrika|zaf
"""
# ISO 3166; what follows the +; what a national number begins with (-: nothing); its names
_ROWS = [line.split(" ", 3) for line in _TABLE.split("\n") if line]

COUNTRIES = {
    name: code for code, _, _, names in _ROWS for name in (code.lower(), *names.split("|"))
}
"""ISO 3166 code by name in plain small letters."""
NATIONAL = {code: dialled for code, dialled, _, _ in _ROWS}
TRUNK = {code: trunk.replace("-", "") for code, _, trunk, _ in _ROWS}
"""What a national number begins with and an international one lacks."""
_DIALLED = """
1 7 20 27 30 31 32 33 34 36 39 40 41 43 44 45 46 47 48 49 51 52 53 54 55 56 57 58 60 61 62 63 64
65 66 81 82 84 86 90 91 92 93 94 95 98 211 212 213 216 218 220 221 222 223 224 225 226 227 228
229 230 231 232 233 234 235 236 237 238 239 240 241 242 243 244 245 246 248 249 250 251 252 253
254 255 256 257 258 260 261 262 263 264 265 266 267 268 269 290 291 297 298 299 350 351 352 353
354 355 356 357 358 359 370 371 372 373 374 375 376 377 378 380 381 382 383 385 386 387 389 420
421 423 500 501 502 503 504 505 506 507 508 509 590 591 592 593 594 595 596 597 598 599 670 672
673 674 675 676 677 678 679 680 681 682 683 685 686 687 688 689 690 691 692 800 850 852 853 855
856 870 880 886 888 960 961 962 963 964 965 966 967 968 970 971 972 973 974 975 976 977 992 993
994 995 996 998
"""
CODES = frozenset(_DIALLED.split())
"""Every code that a country, a network or a service has."""

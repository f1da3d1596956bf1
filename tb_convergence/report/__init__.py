"""Findings and series → what people and programs read. Alone knows how NaN travels.

numbers.py      numbers as JSON and as text
json.py         diagnoses as JSON
text.py         diagnoses for the terminal
markdown.py     diagnoses as Markdown
comparison.py   two runs compared, as JSON and for the terminal
table.py        a statistic at full resolution, CSV and JSON
series_json.py  variables, profiles and the catalogue of statistics as JSON
selection.py    one statistic of one run, by name
tile.py         a heatmap in one byte a cell; pooling.py reduces its buckets
lines.py        lines over steps
buckets.py      many steps in few buckets
binary.py       the body of tiles and lines
"""

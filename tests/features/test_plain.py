"""Few plain rows are cast without DuckDB; tables and findings are those that it makes."""

from datetime import UTC, date, datetime
from decimal import Decimal
from unittest import mock

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from treue.features import builder
from treue.features.casting import ARROW_TYPES, CastOptions, cast_columns
from treue.features.equal_rows import EQUAL
from treue.features.plain import SPACES, NotPlainError, plain_rows
from treue.features.report import Report, TablesError
from treue.features.schema import TABLES
from treue.features.sql import connection
from treue.features.tables import Tables

END = datetime(2024, 12, 31)


def made(frames, *, plainly, **options):
    """Return tables, findings and rows set aside of either way, and how often DuckDB was asked."""
    asked = mock.Mock(side_effect=connection)
    changes = {"FEW_ROWS": builder.FEW_ROWS if plainly else -1, "connection": asked}
    with mock.patch.multiple(builder, **changes):
        try:
            tables = Tables.from_frames(frames, **options)
        except TablesError as error:
            return ({}, None, error.report), asked.call_count
    return (tables.frames, tables.observed_until, tables.report), asked.call_count


def same_both_ways(frames, *, observed_until=END, **options):
    """Make the tables both ways, compare everything; return how many frames were not plain."""
    options["observed_until"] = observed_until
    (frames_1, until_1, report_1), asked = made(frames, plainly=True, **options)
    (frames_2, until_2, report_2), _ = made(frames, plainly=False, **options)
    assert until_1 == until_2
    assert report_1.findings == report_2.findings
    _same_rows(frames_1, frames_2)
    _same_rows(report_1.set_aside, report_2.set_aside)
    return asked


def _same_rows(ours, theirs):
    assert list(ours) == list(theirs)
    for name, rows in ours.items():
        assert rows.schema == theirs[name].schema
        assert rows.equals(theirs[name]), name


def purchases(**changes):
    columns = {
        "customer_id": ["1", "2", "3"],
        "purchased_at": ["2024-01-01", "2024-02-01", "2024-03-01"],
        "amount": [10.0, 20.0, 30.0],
    }
    return columns | changes


def columns_of(kind):
    """Arrow columns of all types that may be brought as such a kind, good and bad values."""
    moments = st.datetimes(datetime(1890, 1, 1), datetime(2110, 1, 1))
    texts = st.sampled_from(
        ["1", "1.0", " 2", "a ", "", "nan", "None", "\tx", "\xa0y", "true", "FALSE", "goods", "won"]
    )
    iso = st.sampled_from(
        [
            *("2024-01-05", "2024-1-5", "2024-01-05 10:00", "2024-01-05T10:00:30", " 2024-01-06 "),
            *("2024-01-05T10:00:30.123456", "2024-01-05 10:00:30.1", "2024-02-30", "05.01.2024"),
            *("2024-01-05T10:00Z", "2024-01-05T10:00:00.5+02:00", "2024-07-05 10:00-0500", "x", ""),
            *("2024-01-05T10:00+14:30", "2024-01-05 24:00", "1969-12-31", "0000-01-01"),
        ]
    )
    plain_iso = moments.map(lambda moment: moment.isoformat(sep=" "))
    numbers = st.sampled_from([0.0, -0.0, 1.0, 2.5, -3.0, 1e300, float("nan")])
    infinite = st.sampled_from([1.0, float("inf")])
    integers = st.sampled_from([0, 1, 3, -2, 2**53, 2**53 + 1])
    small = st.sampled_from([0, 1])
    choices = {
        pa.string(): texts,
        pa.large_string(): texts,
        pa.dictionary(pa.int32(), pa.string()): texts,
        pa.float64(): st.one_of(numbers, infinite),
        pa.float32(): st.sampled_from([0.0, 1.0, 0.1]),
        pa.int64(): integers,
        pa.uint8(): small,
        pa.bool_(): st.booleans(),
        pa.null(): st.none(),
        pa.timestamp("us"): moments,
        pa.timestamp("s"): moments.map(lambda moment: moment.replace(microsecond=0)),
        pa.timestamp("ns"): moments,
        pa.timestamp("us", "Europe/Berlin"): moments.map(lambda moment: moment.replace(tzinfo=UTC)),
        pa.date32(): moments.map(datetime.date),
        pa.decimal128(9, 2): st.just(None),
        pa.list_(pa.int64()): st.just([1]),
    }
    likely = {
        "time": [(pa.string(), iso), (pa.string(), plain_iso), (pa.timestamp("us"), moments)],
        "id": [(pa.string(), texts), (pa.int64(), integers), (pa.float64(), numbers)],
        "flag": [(pa.bool_(), st.booleans()), (pa.int64(), small), (pa.float64(), st.just(1.0))],
    }
    others = [(pa.float64(), numbers), (pa.string(), texts), (pa.int64(), integers)]
    usual = likely.get(kind, others)
    drawn = st.sampled_from([*usual, *usual, *choices.items()])
    return drawn.flatmap(
        lambda pair: st.lists(st.one_of(st.none(), pair[1]), min_size=4, max_size=4).map(
            lambda values: pa.array(values, pair[0])
        )
    )


def plain(column, kind, time_zone=None):
    """Return a column cast in Arrow and whether it had a zone; None where it must be read."""
    try:
        rows, zoned = plain_rows(
            pa.table({"column": column}), {"column": kind}, time_zone=time_zone
        )
    except NotPlainError:
        return None
    return rows["column"].combine_chunks(), zoned.get("column")


def read(columns, kinds, time_zone=None):
    """Return what DuckDB makes of columns, which had a zone, and the report."""
    report = Report()
    with connection() as con:
        con.register("source", pa.table(columns))
        con.execute(f'CREATE TEMP TABLE mapped AS SELECT *, 0::UBIGINT AS "{EQUAL}" FROM source')
        rows, zoned = cast_columns(
            *(con, "mapped", "purchases", kinds),
            id_column="customer_id",
            options=CastOptions(time_zone=time_zone),
            report=report,
        )
    return rows, zoned, report


@settings(max_examples=30, deadline=None)
@given(st.data(), st.sampled_from([None, "Europe/Berlin"]))
def test_a_plain_column_is_what_duckdb_makes_of_it(data, time_zone):
    drawn = data.draw(st.lists(st.sampled_from(sorted(ARROW_TYPES)), min_size=25, max_size=25))
    kinds = {f"c{place}": kind for place, kind in enumerate(drawn)}
    columns = {name: data.draw(columns_of(kind)) for name, kind in kinds.items()}
    rows, zoned, report = read(columns, kinds, time_zone)
    refused = report.refused("purchases")
    for name, kind in kinds.items():
        found = plain(columns[name], kind, time_zone)
        if found is not None:
            ours, zone = found
            assert ours.equals(rows[name].combine_chunks()), (kind, columns[name])
            assert zone == zoned.get(name)
            assert name not in refused


PLAIN = [
    ("id", pa.array(["K1", " x ", "nan", None, "\xa0"])),
    ("id", pa.array([13085, None])),
    ("id", pa.array([13085.0, None])),
    ("id", pa.array(["a", "b"]).dictionary_encode()),
    ("text", pa.array([" Ada ", "", None], pa.large_string())),
    ("category", pa.array(["True", "nuts", " FALSE"])),
    ("category", pa.array([True, None])),
    ("category", pa.array([3, None])),
    ("money", pa.array([1, None, -3])),
    ("money", pa.array([1.5, float("nan"), None])),
    ("number", pa.array([0.1], pa.float32())),
    ("integer", pa.array([3.0, None])),
    ("flag", pa.array([True, None, False])),
    ("flag", pa.array([1, 0, None])),
    ("flag", pa.array([1.0, None])),
    ("time", pa.array([datetime(2024, 1, 5, 10), None], pa.timestamp("ns"))),
    ("time", pa.array([datetime(2024, 1, 5, 10, tzinfo=UTC)], pa.timestamp("us", "Asia/Tokyo"))),
    ("time", pa.array([date(2024, 1, 5), None])),
    ("time", pa.array(["2024-01-05", " 2024-01-05 10:00 ", "", None])),
    ("time", pa.array(["2024-01-05T10:00:30.5", "2024-02-29 23:59:59.123456"])),
    ("time", pa.array(["2024-01-05T10:00Z", "2024-07-05 10:00:00.25+02:00", None])),
    *((kind, pa.nulls(2)) for kind in ARROW_TYPES),
]


@pytest.mark.parametrize(("kind", "column"), PLAIN)
@pytest.mark.parametrize("time_zone", [None, "Europe/Berlin"])
def test_what_json_and_pandas_bring_is_plain(kind, column, time_zone):
    rows, zoned, report = read({"column": column}, {"column": kind}, time_zone)
    found = plain(column, kind, time_zone)
    assert found == (rows["column"].combine_chunks(), zoned.get("column"))
    assert report.findings == []


READ = [
    ("id", pa.array(["1.0", "2.0"])),
    ("id", pa.array([1.5])),
    ("id", pa.array([True])),
    ("category", pa.array([1.0])),
    ("category", pa.array([date(2024, 1, 5)])),
    ("money", pa.array(["1.5"])),
    ("money", pa.array([float("inf")])),
    ("money", pa.array([Decimal("1.5")])),
    ("money", pa.array([True])),
    ("number", pa.array([2**53 + 1])),
    ("integer", pa.array([2.5])),
    ("flag", pa.array([2])),
    ("flag", pa.array(["yes"])),
    ("time", pa.array(["05.01.2024"])),
    ("time", pa.array(["2024-1-5"])),
    ("time", pa.array(["2024-02-30"])),
    ("time", pa.array(["2024-01-05 10:00Z", "2024-01-05 10:00"])),
    ("time", pa.array(["2024-01-05 10:00", "2024-01-05 10:00Z"])),
    ("time", pa.array([20240105])),
    ("time", pa.array([datetime(2024, 1, 5, 10, 0, 0, 1)]).cast("int64").cast(pa.timestamp("ns"))),
]


@pytest.mark.parametrize(("kind", "column"), READ)
def test_what_must_be_read_or_may_be_wrong_is_left_to_duckdb(kind, column):
    assert plain(column, kind) is None


NAMES = ["rowid", "RowID", "ROWID", "__row", "__at", "__source", "source", "at", "age", "a b", '"']


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("values", [[9, 5, 7], ["z", "y", "x"], [9, None, 7]])
def test_an_attribute_may_have_any_name(name, values):
    customers = {"customer_id": ["a", "b", "c"], name: values, "unused": [1, 2, 3]}
    tables = {"purchases": pa.table(purchases()), "customers": pa.table(customers)}
    same_both_ways(tables, attributes=[name])
    for plainly in (True, False):
        (frames, _, _), _ = made(tables, plainly=plainly, observed_until=END, attributes=[name])
        assert frames["customers"][name].to_pylist() == values


@pytest.mark.parametrize("name", ["__source", "rowid"])
def test_rows_that_differ_in_a_column_of_no_use_are_not_equal(name):
    columns = {name: ["z", "z", "z"], "line": [1, 2, 2], "customer_id": ["1", "1", "1"]}
    at = ["2024-01-01"] * 3
    tables = {"purchases": pa.table(purchases(purchased_at=at, amount=[1.0] * 3, **columns))}
    same_both_ways(tables)
    (frames, _, _), _ = made(tables, plainly=False, observed_until=END)
    assert frames["purchases"].num_rows == 2


NS = pa.timestamp("ns", "Europe/Berlin")


@pytest.mark.parametrize("amounts", [[1.0, 2.0, 3.0], ["1.5", "2", "3"]])
def test_nanoseconds_in_a_zone_are_read_as_they_are(amounts):
    moments = pa.array([1_704_100_000_123_456_789, None, 1_704_200_000_000_000_000]).cast(NS)
    tables = {"purchases": pa.table(purchases(purchased_at=moments, amount=amounts))}
    (frames, _, report), _ = made(tables, plainly=True, observed_until=END)
    same_both_ways(tables)
    expected = [datetime(2024, 1, 1, 9, 6, 40, 123457), datetime(2024, 1, 2, 12, 53, 20)]
    assert frames["purchases"]["purchased_at"].to_pylist() == expected
    assert len(report.findings) == 1  # the one without a time


def test_half_precision_is_read_as_it_is_beside_columns_of_no_use():
    halves = pa.array([0.5, None, 3.25], pa.float16())
    spans = pa.array([1, 2, None], pa.duration("s"))
    tables = {"purchases": pa.table(purchases(margin=halves, unused=halves, span=spans))}
    same_both_ways(tables)
    (frames, _, _), _ = made(tables, plainly=True, observed_until=END)
    assert frames["purchases"]["margin"].to_pylist() == [0.5, None, 3.25]


FAR = {
    pa.timestamp("us"): (2**62, "after 2100: 148108-07-06 1"),
    pa.timestamp("us", "UTC"): (-(2**62), "before 1970"),
    pa.timestamp("s"): (10**17, "is not a date or time: '3168875820-09-06T09:46:40'"),
    pa.timestamp("s", "UTC"): (10**17, "is not a date or time: '3168875820-09-06T09:46:40'"),
    pa.timestamp("ms"): (-(10**17), "is not a date or time: '-3166904-02-24T14:13:20.000'"),
    pa.date32(): (2**30, "is not a date or time: '2941775-04-07'"),
}


@pytest.mark.parametrize("kind", FAR, ids=str)
@pytest.mark.parametrize("time_zone", [None, "Europe/Berlin"])
def test_times_far_off_are_told(kind, time_zone):
    value, told = FAR[kind]
    numbers = pa.array([value, 19_000, None], pa.int32() if kind == pa.date32() else pa.int64())
    tables = {"purchases": pa.table(purchases(purchased_at=numbers.cast(kind)))}
    same_both_ways(tables, time_zone=time_zone)
    (_, _, report), _ = made(tables, plainly=True, observed_until=END, time_zone=time_zone)
    (error,) = report.errors
    assert told in error.message


@pytest.mark.parametrize("zone", ["Europe/Berlin", "Africa/Casablanca", "America/Asuncion"])
def test_times_of_a_zone_are_those_of_duckdb_or_left_to_it(zone):
    steps = np.arange(
        np.datetime64("1950-01-01T01:30"), np.datetime64("2050"), np.timedelta64(7, "h")
    )
    moments = pa.array(steps.astype("datetime64[us]"))
    theirs = read({"at": moments}, {"at": "time"}, zone)[0]["at"].to_numpy()
    days = steps.astype("datetime64[D]")
    left = 0
    for day, start in zip(*np.unique(days, return_index=True), strict=True):
        at = slice(start, start + np.count_nonzero(days[start : start + 4] == day))
        found = plain(moments[at], "time", zone)
        left += found is None
        assert found is None or (found[0].to_numpy() == theirs[at]).all()
    assert left < len(np.unique(days)) * 0.05


@pytest.mark.parametrize("moment", [datetime(2024, 3, 31, 2, 30), datetime(2024, 10, 27, 2, 30)])
def test_hours_that_a_zone_has_twice_or_never_are_left_to_duckdb(moment):
    assert plain(pa.array([moment]), "time", "Europe/Berlin") is None
    assert plain(pa.array([moment]), "time") is not None


def test_the_same_characters_are_taken_off_as_sql_does():
    codes = [code for code in range(1, 0x11_0000) if not 0xD800 <= code < 0xE000]
    with connection() as con:
        con.register("texts", pa.table({"one": list(map(chr, codes))}))
        trimmed = con.sql("SELECT one FROM texts WHERE trim(one) = ''").fetchall()
    assert "".join(one for (one,) in trimmed) == SPACES


@pytest.mark.parametrize(
    "columns",
    [
        {"a": ["x", "x", "y"], "b": [1.0, 1.0, 1.0]},
        {"a": ["x", "x", "x"], "b": [0.0, -0.0, float("nan")], "c": [None, None, "n"]},
        {"a": ["x", None, "x", None], "b": [1, None, 2, None]},
        {"a": ["x"] * 4, "b": [1, 1, 2, 2], "c": [3, 4, 3, 4], "not looked at": [[1]] * 4},
        {"a": pa.array(["x", None, "x"]).dictionary_encode(), "b": [None, None, None]},
    ],
)
def test_rows_have_equal_numbers_where_they_are_equal(columns):
    frame = pa.table(columns)
    with connection() as con:
        con.register("source", frame)
        hashes = [one for (one,) in con.sql("SELECT hash(s) FROM source AS s").fetchall()]
    numbers = plain_rows(frame, {}, time_zone=None)[0][EQUAL].to_pylist()
    assert [numbers.index(one) for one in numbers] == [hashes.index(one) for one in hashes]


@st.composite
def frames(draw):
    """Purchases and another table, of columns of any type."""
    found = {}
    for name in ("purchases", draw(st.sampled_from(sorted(set(TABLES) - {"purchases"})))):
        columns = {}
        for column in TABLES[name].columns.values():
            if column.required or draw(st.booleans()):
                columns[column.name] = draw(columns_of(column.kind))
        if draw(st.booleans()):
            columns["own"] = draw(columns_of("category"))
        rows = pa.table(columns)
        found[name] = pa.concat_tables([rows, rows.slice(0, draw(st.integers(0, 2)))])
    return found


@settings(max_examples=25, deadline=None)
@given(
    frames=frames(),
    attributes=st.sampled_from([(), ("own",)]),
    time_zone=st.sampled_from([None, "Europe/Berlin"]),
    until=st.sampled_from([None, END]),
)
def test_frames_of_any_columns_are_made_the_same_both_ways(frames, attributes, time_zone, until):
    same_both_ways(frames, attributes=attributes, time_zone=time_zone, observed_until=until)

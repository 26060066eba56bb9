"""Code lists, titles and regions: pure tables from CSV files, loaded once and frozen.

Everybody may ask; nobody changes them while the program runs.
"""

from app.domain.codes.lists import (
    Code,
    business_code,
    code_list,
    code_of,
    has_code,
    label,
    list_names,
)
from app.domain.codes.regions import (
    HistoricRegion,
    Region,
    calendar_region,
    city_of,
    historic_region,
    lineage,
    profile_of_region,
    province_of,
    region,
    region_name,
    regions_under,
)
from app.domain.codes.titles import (
    Title,
    band_of,
    is_up_to,
    level_code,
    level_label,
    level_of_title,
    levels,
    lowest_level,
    titles_of,
)

__all__ = [
    "Code",
    "HistoricRegion",
    "Region",
    "Title",
    "band_of",
    "business_code",
    "calendar_region",
    "city_of",
    "code_list",
    "code_of",
    "has_code",
    "historic_region",
    "is_up_to",
    "label",
    "level_code",
    "level_label",
    "level_of_title",
    "levels",
    "lineage",
    "list_names",
    "lowest_level",
    "profile_of_region",
    "province_of",
    "region",
    "region_name",
    "regions_under",
    "titles_of",
]

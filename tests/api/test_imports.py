"""A file on its way in over the API: looked at, read in another way, confirmed; its lines, and what undoing would take."""

from django.core.files.uploadedfile import SimpleUploadedFile
from rest_framework.test import APIClient

from reviewapp.accounts.models import User
from screening import tasks
from screening.models import Reference
from tests.api.conftest import Api, World, content_of

TABLE = b"Title,Remark,Year\nPeer support,with an abstract,2021\n"
RIS = b"TY  - JOUR\nTI  - Bread\nPY  - 2020\nZZ  - odd\nER  - \n\nTY  - JOUR\nPY  - soon\nER  - \n"


def look(client: APIClient, world: World, data: bytes, name: str) -> dict:
    file = SimpleUploadedFile(name, data)
    body = {"search": world.ids["search_id"], "file": file, "look": "true"}
    answer = client.post(world.path("imports/"), body, format="multipart")
    assert answer.status_code == 201, answer.content
    return answer.json()


def test_a_file_is_looked_at_and_then_let_in(api: Api, world: World, alice: User) -> None:
    client, before = api(alice), Reference.objects.count()
    seen = look(client, world, RIS, "bread.ris")
    assert (seen["state"], seen["format"], seen["job"]) == ("uploaded", "ris", None)
    assert seen["preview"]["rows"][0]["title"] == "Bread"
    assert seen["preview"]["filled"]["title"] == 1
    assert seen["preview"]["unmapped"][0] == {"tag": "ZZ", "times": 1, "example": "odd"}
    assert seen["preview"]["overlap"] == {"held": 0, "identical": 0, "imports": []}
    assert Reference.objects.count() == before
    address = world.path(f"imports/{seen['id']}/")
    started = client.post(f"{address}confirmation/", {}, format="json")
    assert started.status_code == 202
    tasks.import_references(started.json()["job"])
    done = client.get(address).json()
    assert (done["state"], done["preview"]) == ("done", None)
    assert client.post(f"{address}confirmation/", {}, format="json").status_code == 409
    assert client.post(f"{address}reading/", {}, format="json").status_code == 409
    taken = client.get(f"{address}undoing/").json()
    assert taken == {"references": done["kept"], "records": done["kept"], "judged_records": 0}
    again = look(client, world, RIS, "bread.ris")
    assert again["preview"]["same_file"] == [seen["id"]]
    assert again["preview"]["overlap"]["imports"] == [
        {"id": seen["id"], "filename": "bread.ris", "references": done["kept"]}
    ]
    waiting = world.path(f"imports/{again['id']}/confirmation/")
    assert client.post(waiting, {}, format="json").status_code == 409
    assert client.post(waiting, {"again": True}, format="json").status_code == 202


def test_columns_are_given_a_meaning(api: Api, world: World, alice: User) -> None:
    client = api(alice)
    seen = look(client, world, TABLE, "export.csv")
    reading = world.path(f"imports/{seen['id']}/reading/")
    assert [column["field"] for column in seen["preview"]["columns"]] == ["title", "", "year"]
    read = client.post(reading, {"format": "csv", "columns": {"Remark": "abstract"}}, format="json").json()
    assert read["preview"]["rows"][0]["abstract"] == "with an abstract"
    remembered = look(client, world, TABLE.replace(b"Peer", b"More"), "later.csv")
    assert remembered["preview"]["rows"][0]["abstract"] == "with an abstract"
    for wrong in ({"columns": {"Remark": "colour"}}, {"columns": ["title"]}, {"format": "word"}):
        assert client.post(reading, wrong, format="json").status_code == 422


def test_the_file_and_the_lines_of_its_problems(api: Api, world: World, alice: User, olga: User) -> None:
    data = RIS + b"TY  - JOUR\nER  - \n"
    seen = look(api(alice), world, data, "bread.ris")
    client, address = api(olga), world.path(f"imports/{seen['id']}/")
    file = client.get(f"{address}file/")
    assert content_of(file) == data
    assert file["Content-Disposition"] == 'attachment; filename="bread.ris"'
    lines = content_of(client.get(f"{address}problems/")).decode()
    assert seen["problems"]
    assert all(problem["cause"] in lines for problem in seen["problems"])

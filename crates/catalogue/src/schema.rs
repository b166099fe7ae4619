//! The JSON Schemas that editors complete and check the files by, made from the very types that read them.
//! They are committed in `catalogue/schema/`; set `YINXIN_REGENERATE=1` to write them anew.

use std::{env, fs, path::Path};

use schemars::{JsonSchema, generate::SchemaSettings};

use crate::{Module, Platform, Provider, UnifiedClient};

fn schema_of<T: JsonSchema>() -> String {
    let generator = SchemaSettings::draft07().into_generator();
    let schema = generator.into_root_schema_for::<T>();
    serde_json::to_string_pretty(&schema).unwrap() + "\n"
}

#[test]
fn the_committed_schemas_are_those_of_the_types() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../catalogue/schema");
    for (name, schema) in [
        ("provider", schema_of::<Provider>()),
        ("channel", schema_of::<UnifiedClient>()),
        ("module", schema_of::<Module>()),
        ("platform", schema_of::<Platform>()),
    ] {
        let path = folder.join(format!("{name}.json"));
        if env::var_os("YINXIN_REGENERATE").is_some() {
            fs::create_dir_all(&folder).unwrap();
            fs::write(&path, &schema).unwrap();
        }
        let committed = fs::read_to_string(&path).unwrap_or_default();
        assert!(
            committed == schema,
            "{} is not what the types say: run this test with YINXIN_REGENERATE=1 and commit it",
            path.display()
        );
    }
}

#[test]
fn every_file_names_the_schema_by_which_an_editor_checks_it() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    for (folder, schema) in [
        ("catalogue", "./schema/provider.json"),
        ("catalogue/channels", "../schema/channel.json"),
        ("catalogue/modules", "../schema/module.json"),
        ("platforms", "../catalogue/schema/platform.json"),
    ] {
        for entry in fs::read_dir(root.join(folder)).unwrap() {
            let path = entry.unwrap().path();
            if path
                .extension()
                .is_some_and(|extension| extension == "toml")
            {
                let text = fs::read_to_string(&path).unwrap();
                let line = text.lines().next().unwrap_or_default();
                assert_eq!(line, format!("#:schema {schema}"), "{}", path.display());
                assert!(path.with_file_name(schema).is_file(), "{schema}");
            }
        }
    }
}
